// What we believe of an upstream's response head.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "http/headers.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace artifactapi::http {

inline constexpr std::size_t kMaxUpstreamHeaderBytes = 32 * 1024;  // one field's name and value
inline constexpr Seconds kMaxRetryAfter{24 * 60 * 60};

// The body's length as Content-Length tells it; nullopt without that field. BadPeer: lines that differ, a
// list, a sign, overflow, or together with Transfer-Encoding. Lines that are the same count as one.
Result<std::optional<std::uint64_t>> announced_length(const Headers& headers);

// May be stored and passed on: valid name, valid value, within bounds.
bool header_is_clean(std::string_view name, std::string_view value);

struct ContentRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;             // inclusive
  std::optional<std::uint64_t> size;  // nullopt for "*"
  friend bool operator==(const ContentRange&, const ContentRange&) = default;
};

// "bytes first-last/size" or "bytes first-last/*"; nullopt for all else, the unsatisfied form too.
std::optional<ContentRange> parse_content_range(std::string_view value);

// Seconds or a date, between 0 and kMaxRetryAfter; nullopt when it is neither.
std::optional<Seconds> retry_after(std::string_view value, Time now);

// How many requests upstream still allows: the number that begins `RateLimit-Remaining` ("76;w=21600"), at
// most kMaxQuota; nullopt without one.
inline constexpr std::uint64_t kMaxQuota = 1'000'000'000;
std::optional<std::uint64_t> quota_remaining(const Headers& headers);

// Whether the field tells of such a quota: RateLimit-Limit, RateLimit-Remaining and their like.
bool tells_quota(std::string_view name);

}  // namespace artifactapi::http
