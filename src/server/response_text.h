// The parts of a response head that the server adds to what the handler or the store prepared. Pure.
#pragma once

#include "api/response.h"
#include "http/method.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace artifactapi::server {

// What the Connection field has to say.
enum class Persistence : std::uint8_t {
  Close,
  KeepAlive,           // HTTP/1.1, where it goes without saying
  KeepAliveAnnounced,  // HTTP/1.0
};

// How the end of a response body is told.
struct ResponseFraming {
  enum class Kind : std::uint8_t {
    NoBody,       // HEAD, 204, 304
    Length,       // `length` bytes follow
    Chunked,      // HTTP/1.1 only
    Unsupported,  // an HTTP/1.0 client and no length: cannot be answered
  };
  Kind kind = Kind::NoBody;
  std::uint64_t length = 0;                       // with Kind::Length
  std::optional<std::uint64_t> announced_length;  // value of Content-Length, which HEAD and 304 may have too
};

[[nodiscard]] ResponseFraming frame_response(const api::Response& response, http::Method method,
                                             int minor_version);

// `constants` are whole lines: Server and Date.
struct HeadTail {
  std::string_view constants;
  std::string_view request_id;
  Persistence persistence = Persistence::KeepAlive;
};

// Replaces `out` by the whole head.
void write_head(std::string& out, const api::Response& response, const ResponseFraming& framing,
                const HeadTail& tail);

// The end of a prepared head: the lines above, Age (seconds) and the empty line. The view lives as long as
// `out`.
inline constexpr std::size_t kHotTailBytes = 256;
[[nodiscard]] std::string_view write_hot_tail(std::array<char, kHotTailBytes>& out, const HeadTail& tail,
                                              std::int64_t age);

// Whether a client's own X-Request-Id is taken over: 1 to 64 letters, digits, '.', '_' or '-'.
inline constexpr std::size_t kMaxRequestIdBytes = 64;
[[nodiscard]] bool usable_request_id(std::string_view id);

}  // namespace artifactapi::server
