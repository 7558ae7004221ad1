#include "server/body_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <variant>

namespace artifactapi::server {

namespace {

using runtime::Task;

// While a source is slow the client's departure shows only when somebody looks.
constexpr std::chrono::milliseconds kPeerCheckInterval{500};

}  // namespace

BodyWriter::BodyWriter(Output& output, const ResponseFraming& framing)
    : output_(output), chunked_(framing.kind == ResponseFraming::Kind::Chunked), left_(framing.length) {}

std::optional<Sent> BodyWriter::try_write(const cache::Body& body) {
  const auto* bytes = std::get_if<cache::Bytes>(&body);
  if (chunked_ || bytes == nullptr || !*bytes || (*bytes)->size() != left_) return std::nullopt;
  std::string_view rest = **bytes;
  if (!output_.write_some(rest)) return Sent::Gone;
  left_ = rest.size();
  begun_ = (*bytes)->size() - rest.size();
  if (left_ > 0 || !output_.held().empty()) return std::nullopt;
  return Sent::All;
}

Task<Sent> BodyWriter::write(const cache::Body& body) {
  const Sent sent = co_await write_any(body);
  if (sent != Sent::All) co_return sent;
  if (!chunked_ && left_ != 0) co_return Sent::Broken;
  if (chunked_) output_.hold(chunk_open_ ? "\r\n0\r\n\r\n" : "0\r\n\r\n");
  co_return co_await output_.flush();
}

Task<Sent> BodyWriter::write_any(const cache::Body& body) {
  if (std::holds_alternative<cache::EmptyBody>(body)) co_return Sent::All;
  if (const auto* bytes = std::get_if<cache::Bytes>(&body)) {
    co_return co_await write_bytes(*bytes ? std::string_view(**bytes).substr(begun_) : std::string_view());
  }
  if (const auto* file = std::get_if<cache::FileBody>(&body)) {
    co_return co_await write_stored(*file);
  }
  if (const auto* follow = std::get_if<cache::FollowBody>(&body)) co_return co_await write_follow(*follow);
  if (const auto* relay = std::get_if<cache::RelayBody>(&body)) co_return co_await write_relay(*relay);
  for (const auto& piece : std::get<cache::PiecesBody>(body).pieces) {
    const Sent sent = co_await write_piece(piece);
    if (sent != Sent::All) co_return sent;
  }
  co_return Sent::All;
}

Task<Sent> BodyWriter::write_piece(const cache::Piece& piece) {
  if (const auto* bytes = std::get_if<cache::Bytes>(&piece)) {
    co_return co_await write_bytes(*bytes ? std::string_view(**bytes) : std::string_view());
  }
  if (const auto* file = std::get_if<cache::FileBody>(&piece)) {
    co_return co_await write_stored(*file);
  }
  co_return co_await write_follow(std::get<cache::FollowBody>(piece));
}

bool BodyWriter::begin_bytes(std::uint64_t count) {
  if (!chunked_) {
    if (count > left_) return false;
    left_ -= count;
    return true;
  }
  fmt::format_to(std::back_inserter(output_.held()), "{}{:x}\r\n", chunk_open_ ? "\r\n" : "", count);
  chunk_open_ = true;
  return true;
}

Task<Sent> BodyWriter::write_bytes(std::string_view bytes) {
  if (bytes.empty()) co_return Sent::All;
  if (!begin_bytes(bytes.size())) co_return Sent::Broken;
  co_return co_await output_.write(bytes);
}

Task<Sent> BodyWriter::write_file(int descriptor, std::uint64_t offset, std::uint64_t length) {
  if (length == 0) co_return Sent::All;
  if (!begin_bytes(length)) co_return Sent::Broken;
  co_return co_await output_.send_file(descriptor, offset, length);
}

Task<Sent> BodyWriter::write_stored(const cache::FileBody& body) {
  const LargeBody large(output_, body.length);
  const Sent sent = co_await write_file(body.file->descriptor(), body.offset, body.length);
  if (sent == Sent::Broken) body.file->mark_spoilt();
  co_return sent;
}

Task<Sent> BodyWriter::write_follow(const cache::FollowBody& body) {
  cache::Follower& follower = *body.follower;
  std::uint64_t position = body.offset;
  const std::uint64_t end = body.length ? body.offset + *body.length : UINT64_MAX;
  const LargeBody large(output_, end - position);
  while (position < end) {
    const auto deadline = std::chrono::steady_clock::now() + kPeerCheckInterval;
    const cache::Progress progress = co_await follower.progress(position, deadline);
    if (progress.stream == cache::Stream::Broken) co_return Sent::Broken;
    const std::uint64_t readable = std::min(progress.readable, end);
    if (readable > position) {
      const Sent sent = co_await write_followed(follower, position, readable);
      if (sent != Sent::All) co_return sent;
      position = readable;
    } else if (progress.stream == cache::Stream::End) {
      co_return body.length ? Sent::Broken : Sent::All;
    } else if (output_.peer_gone()) {
      co_return Sent::Gone;
    }
  }
  co_return Sent::All;
}

Task<Sent> BodyWriter::write_followed(const cache::Follower& follower, std::uint64_t begin,
                                      std::uint64_t end) {
  const std::string_view opening = follower.opening();
  if (begin < opening.size()) {
    const auto bytes = opening.substr(begin, end - begin);
    const Sent sent = co_await write_bytes(bytes);
    if (sent != Sent::All) co_return sent;
    begin += bytes.size();
  }
  if (begin == end) co_return Sent::All;
  co_return co_await write_file(follower.descriptor(), begin, end - begin);
}

Task<Sent> BodyWriter::write_relay(const cache::RelayBody& body) {
  for (;;) {
    const Result<std::string> bytes = co_await body.relay->next();
    if (!bytes) co_return Sent::Broken;
    if (bytes->empty()) co_return Sent::All;
    const Sent sent = co_await write_bytes(*bytes);
    if (sent != Sent::All) co_return sent;
  }
}

}  // namespace artifactapi::server
