// Sending by TLS: everything passes through user space, in pieces that keep memory and turns small.
#include "server/output.h"
#include "server/page_cache.h"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <unistd.h>

namespace artifactapi::server {

namespace {

using runtime::Task;

constexpr std::size_t kPieceBytes = 64 * 1024;
constexpr std::uint64_t kTurnBytes = 2 * 1024 * 1024;  // encrypted without letting others have their turn

}  // namespace

Task<bool> Output::send_records(std::string_view bytes) {
  while (!bytes.empty()) {
    if (!socket_.is_open()) co_return false;  // its number may be another connection's by now
    const TlsResult result = tls_->write(bytes);
    bool ready = true;
    switch (result.step) {
      case TlsStep::Done: bytes.remove_prefix(result.bytes); break;
      case TlsStep::WantWrite: ready = co_await writable(); break;
      // Only before the handshake is done, which is before anything is sent.
      case TlsStep::WantRead:
      case TlsStep::Ended:
      case TlsStep::Failed: co_return false;
    }
    if (!ready) co_return false;
  }
  co_return true;
}

Task<Sent> Output::write_tls(std::string_view bytes) {
  if (!held_.empty()) {
    const std::size_t room = kPieceBytes - std::min(kPieceBytes, held_.size());
    const auto first = bytes.substr(0, room);
    held_ += first;
    bytes.remove_prefix(first.size());
    const bool sent = co_await send_records(held_);
    if (!sent) co_return Sent::Gone;
    payload_bytes_ += first.size();
    held_.clear();
    if (held_.capacity() >= kPieceBytes) held_.shrink_to_fit();
  }
  for (std::uint64_t turn = 0; !bytes.empty();) {
    const auto piece = bytes.substr(0, kPieceBytes);
    const bool sent = co_await send_records(piece);
    if (!sent) co_return Sent::Gone;
    bytes.remove_prefix(piece.size());
    payload_bytes_ += piece.size();
    turn += piece.size();
    if (turn < kTurnBytes || bytes.empty()) continue;
    turn = 0;
    co_await boost::asio::post(socket_.get_executor(), boost::asio::use_awaitable);
  }
  co_return Sent::All;
}

Task<Sent> Output::send_file_tls(int descriptor, std::uint64_t offset, std::uint64_t length) {
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(length, kPieceBytes));
  const auto piece = std::make_unique_for_overwrite<char[]>(size);
  std::uint64_t looked_at = 0;  // so much ahead is in memory
  while (length > 0) {
    if (looked_at == 0) {
      looked_at = std::min(length, kTurnBytes);
      if (!in_memory(descriptor, offset) || !in_memory(descriptor, offset + looked_at - 1)) {
        auto work = [descriptor, offset, looked_at] {
          return read_into_memory(descriptor, offset, looked_at);
        };
        const int failure = co_await runtime::offload(pool_, std::move(work));
        if (failure != 0) co_return Sent::Broken;
      } else {
        co_await boost::asio::post(socket_.get_executor(), boost::asio::use_awaitable);
      }
    }
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(looked_at, size));
    const ssize_t got = ::pread(descriptor, piece.get(), wanted, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) co_return Sent::Broken;  // unreadable, or the file is shorter
    const auto count = static_cast<std::size_t>(got);
    const Sent sent = co_await write_tls({piece.get(), count});
    if (sent != Sent::All) co_return sent;
    offset += count;
    length -= count;
    looked_at -= count;
  }
  co_return Sent::All;
}

}  // namespace artifactapi::server
