// Strict incremental decoder of a chunked request body (RFC 9112 7.1): CRLF only, plain hexadecimal sizes,
// bounded extensions and trailers, which are checked and dropped.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace artifactapi::http {

// One decoder a body:
//   ChunkedDecoder decoder(limit);
//   while (!decoder.done()) { auto used = decoder.feed(buffer, body); ... drop *used bytes from the buffer
//   ... }
class ChunkedDecoder {
 public:
  static constexpr std::size_t kMaxSizeDigits = 16;
  static constexpr std::size_t kMaxExtensionBytes = 4096;  // of one body together
  static constexpr std::size_t kMaxTrailerBytes = 8192;    // likewise

  // `limit`: how many body bytes are accepted in all.
  explicit ChunkedDecoder(std::uint64_t limit) : limit_(limit) {}

  // Appends body bytes to `out` and says how much of `input` was used: all of it, unless the body ended
  // within. Invalid: not this coding. TooLarge: over the limit, told as soon as a chunk announces it. Both
  // are final.
  [[nodiscard]] Result<std::size_t> feed(std::string_view input, std::string& out);

  // The last chunk and the trailers are read; what follows belongs to the next request.
  [[nodiscard]] bool done() const { return state_ == State::Done; }
  // Body bytes so far.
  [[nodiscard]] std::uint64_t received() const { return received_; }

 private:
  enum class State : std::uint8_t {
    Size,
    Extension,
    SizeLineFeed,
    Bytes,
    BytesReturn,
    BytesLineFeed,
    Trailer,
    TrailerLineFeed,
    Done,
    Failed
  };

  Result<> step(char c);
  Result<> size_step(char c);
  Result<> end_of_size_line();
  Result<> trailer_step(char c);
  Result<> end_of_trailer_line();

  std::uint64_t limit_;
  std::uint64_t received_ = 0;
  std::uint64_t chunk_left_ = 0;
  std::size_t size_digits_ = 0;
  std::size_t extension_bytes_ = 0;
  std::size_t trailer_bytes_ = 0;
  std::string trailer_line_;
  State state_ = State::Size;
};

}  // namespace artifactapi::http
