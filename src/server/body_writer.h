// Carries a body of any kind to a connection. It ends well only if the whole body went out.
#pragma once

#include "cache/body.h"
#include "runtime/task.h"
#include "server/output.h"
#include "server/response_text.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace artifactapi::server {

// For one body. The head is held in `output` and leaves with the first bytes.
class BodyWriter {
 public:
  BodyWriter(Output& output, const ResponseFraming& framing);

  // A body in memory of a known length, if the kernel takes all of it at once. None: write() has the rest to
  // send.
  [[nodiscard]] std::optional<Sent> try_write(const cache::Body& body);
  // Everything, with the last chunk where the body is chunked. Unless All comes back the connection must be
  // reset: the client has not got a whole body, and must not believe so. `body` must live until the end of
  // the call.
  [[nodiscard]] runtime::Task<Sent> write(const cache::Body& body);

 private:
  [[nodiscard]] runtime::Task<Sent> write_piece(const cache::Piece& piece);
  [[nodiscard]] runtime::Task<Sent> write_bytes(std::string_view bytes);
  [[nodiscard]] runtime::Task<Sent> write_file(int descriptor, std::uint64_t offset, std::uint64_t length);
  [[nodiscard]] runtime::Task<Sent> write_stored(const cache::FileBody& body);
  [[nodiscard]] runtime::Task<Sent> write_follow(const cache::FollowBody& body);
  [[nodiscard]] runtime::Task<Sent> write_followed(const cache::Follower& follower, std::uint64_t begin,
                                                   std::uint64_t end);
  [[nodiscard]] runtime::Task<Sent> write_relay(const cache::RelayBody& body);
  [[nodiscard]] runtime::Task<Sent> write_any(const cache::Body& body);
  // Announces the next bytes; false when they are more than the length allows.
  [[nodiscard]] bool begin_bytes(std::uint64_t count);

  Output& output_;
  bool chunked_;
  std::size_t begun_ = 0;    // bytes of it that try_write sent
  std::uint64_t left_;       // without chunks: what the announced length still wants
  bool chunk_open_ = false;  // the line end after the last chunk's bytes is still owed
};

}  // namespace artifactapi::server
