// Finds the body of a response in the bytes after its head (RFC 9112 sections 6 and 7). Pure.
#pragma once

#include "base/result.h"
#include "http/chunked_decoder.h"
#include "transport/body_framing.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace artifactapi::transport {

class BodyReader {
 public:
  // No body.
  BodyReader() = default;
  explicit BodyReader(const BodyFraming& framing);

  // The body is whole.
  [[nodiscard]] bool ended() const;
  // The connection has ended. Cut where the framing wanted more.
  [[nodiscard]] Result<> end_of_connection();

  // Appends what is of the body to `out` and says how many of `bytes` were used: all, unless the body ended
  // within. BadPeer, which is final: not the chunked coding.
  [[nodiscard]] Result<std::size_t> feed(std::string_view bytes, std::string& out);

  // How many of the next bytes are of the body as they are, for whoever receives them in place and then says
  // so with received(). 0: they have to be fed.
  [[nodiscard]] std::uint64_t as_they_are() const;
  void received(std::size_t bytes);

 private:
  enum class Kind : std::uint8_t { Length, Chunked, UntilClose };

  Kind kind_ = Kind::Length;
  std::uint64_t left_ = 0;  // of a body of announced length
  bool closed_ = false;
  http::ChunkedDecoder chunked_{UINT64_MAX};
};

}  // namespace artifactapi::transport
