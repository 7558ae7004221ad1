// Upstream's own refusal, to be passed on.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "http/headers.h"

#include <cstddef>
#include <span>
#include <string_view>
#include <variant>

namespace artifactapi::cache {

struct Refusal {
  int status = 0;
  http::Headers headers;  // Retry-After and what tells of a quota; nothing else of the upstream's head
};

// What is answered for a while without asking upstream again: its own refusal, or why its bytes are no good.
using Remembered = std::variant<Refusal, Error>;

// Of an answer that the client cannot take (RFC 9110 section 15.5.7).
inline constexpr int kNotAcceptable = 406;

inline constexpr std::size_t kMaxQuotaHeaders = 16;

// `status`: what we answer with. Of `upstream` only a valid Retry-After is kept, as seconds, and with 429
// what tells of a quota: RateLimit-* and those named in `quota_headers`.
[[nodiscard]] Refusal make_refusal(int status, const http::Headers& upstream, Time now,
                                   std::span<const std::string_view> quota_headers = {});

}  // namespace artifactapi::cache
