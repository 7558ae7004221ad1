// How a response body ends (RFC 9112 section 6.3). Pure.
#pragma once

#include "base/result.h"
#include "http/headers.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace artifactapi::transport {

struct BodyFraming {
  std::optional<std::uint64_t> length;  // as announced, also where no body follows
  bool framed = true;                   // false: the body ends where the connection does
  bool bodiless = false;                // HEAD, 204, 304
};

// BadPeer: lengths that contradict each other or a transfer coding, a coding other than chunked, any coding
// in HTTP/1.0.
[[nodiscard]] Result<BodyFraming> framing_of(std::string_view method, int status, bool http_1_0,
                                             const http::Headers& headers);

}  // namespace artifactapi::transport
