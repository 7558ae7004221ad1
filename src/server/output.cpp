#include "server/output.h"

#include "server/page_cache.h"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

namespace artifactapi::server {

namespace {

using boost::asio::ip::tcp;
using runtime::kAsTuple;
using runtime::Task;

// About what a socket's buffer holds at most (tcp_wmem): one call fills it.
constexpr std::uint64_t kSendfileBytes = 4ULL << 20;
constexpr std::uint64_t kBurstBytes = 2 * kSendfileBytes;
constexpr std::uint64_t kColdBurstBytes = 2ULL << 20;

iovec piece(std::string_view bytes) {
  return {const_cast<char*>(bytes.data()), bytes.size()};
}

}  // namespace

std::int64_t Output::try_send(std::string_view head, std::string_view tail, std::string_view body) {
  if (tls_ != nullptr) return 0;
  std::array<iovec, 3> pieces{piece(head), piece(tail), piece(body)};
  const std::int64_t sent = send_now(std::span(pieces).first(body.empty() ? 2 : 3), 0);
  const auto overhead = static_cast<std::int64_t>(head.size() + tail.size());
  if (sent > overhead) payload_bytes_ += static_cast<std::uint64_t>(sent - overhead);
  return sent;
}

std::int64_t Output::try_send_file(std::string_view head, std::string_view tail, int descriptor,
                                   std::uint64_t length) {
  if (tls_ != nullptr) return 0;
  std::array<iovec, 2> pieces{piece(head), piece(tail)};
  const std::int64_t sent = send_now(pieces, MSG_MORE);
  if (sent < static_cast<std::int64_t>(head.size() + tail.size())) return sent;
  off_t position = 0;
  const auto step = static_cast<std::size_t>(std::min(length, kSendfileBytes));
  const ssize_t of_file = ::sendfile(socket_.native_handle(), descriptor, &position, step);
  if (of_file <= 0) return sent;
  payload_bytes_ += static_cast<std::uint64_t>(of_file);
  return sent + of_file;
}

std::int64_t Output::send_now(std::span<iovec> pieces, int flags) {
  msghdr message{};
  message.msg_iov = pieces.data();
  message.msg_iovlen = pieces.size();
  ssize_t sent = -1;
  do {
    sent = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | flags);
  } while (sent < 0 && errno == EINTR);
  if (sent < 0) return errno == EAGAIN ? 0 : -1;
  return sent;
}

bool Output::write_some(std::string_view& bytes) {
  if (tls_ != nullptr) return true;
  std::array<iovec, 2> pieces{piece(held_), piece(bytes)};
  const std::int64_t sent = send_now(pieces, 0);
  if (sent < 0) return false;
  const auto of_held = std::min(held_.size(), static_cast<std::size_t>(sent));
  const auto of_bytes = static_cast<std::size_t>(sent) - of_held;
  held_.erase(0, of_held);
  bytes.remove_prefix(of_bytes);
  payload_bytes_ += of_bytes;
  return true;
}

Task<Sent> Output::write(std::string_view bytes) {
  if (tls_ != nullptr) co_return co_await write_tls(bytes);
  while (!held_.empty() || !bytes.empty()) {
    if (!write_some(bytes)) co_return Sent::Gone;
    if (held_.empty() && bytes.empty()) break;
    const bool ready = co_await writable();
    if (!ready) co_return Sent::Gone;
  }
  co_return Sent::All;
}

Task<Sent> Output::send_file(int descriptor, std::uint64_t offset, std::uint64_t length) {
  if (length == 0) co_return Sent::All;
  if (tls_ != nullptr) co_return co_await send_file_tls(descriptor, offset, length);
  if (!held_.empty()) {
    const bool sent = co_await send_held();
    if (!sent) co_return Sent::Gone;
  }
  for (;;) {
    std::uint64_t burst = std::min(length, kBurstBytes);
    if (!in_memory(descriptor, offset) || !in_memory(descriptor, offset + burst - 1)) {
      burst = std::min(length, kColdBurstBytes);
      auto work = [descriptor, offset, burst] { return read_into_memory(descriptor, offset, burst); };
      const int failure = co_await runtime::offload(pool_, std::move(work));
      if (failure != 0) co_return Sent::Broken;
    }
    const Sent sent = co_await send_burst(descriptor, offset, burst);
    if (sent != Sent::All) co_return sent;
    offset += burst;
    length -= burst;
    if (length == 0) co_return Sent::All;
    co_await boost::asio::post(socket_.get_executor(), boost::asio::use_awaitable);
  }
}

Task<Sent> Output::send_burst(int descriptor, std::uint64_t offset, std::uint64_t length) {
  auto position = static_cast<off_t>(offset);
  while (length > 0) {
    const auto step = static_cast<std::size_t>(std::min(length, kSendfileBytes));
    const ssize_t sent = ::sendfile(socket_.native_handle(), descriptor, &position, step);
    if (sent > 0) {
      length -= static_cast<std::uint64_t>(sent);
      payload_bytes_ += static_cast<std::uint64_t>(sent);
      if (static_cast<std::size_t>(sent) == step || takes_more()) continue;
      const bool ready = co_await writable();
      if (!ready) co_return Sent::Gone;
      continue;
    }
    if (sent == 0) co_return Sent::Broken;  // the file is shorter
    if (errno == EINTR) continue;
    if (errno == EIO) co_return Sent::Broken;
    if (errno != EAGAIN) co_return Sent::Gone;
    const bool ready = co_await writable();
    if (!ready) co_return Sent::Gone;
  }
  co_return Sent::All;
}

// After a short sendfile: the socket is full, or the file ends. To find that out by another sendfile costs
// more, as that takes pages into a pipe before the socket refuses them. Where poll itself fails, too,
// sendfile says what is the matter.
bool Output::takes_more() {
  pollfd state{socket_.native_handle(), POLLOUT, 0};
  return ::poll(&state, 1, 0) != 0;
}

// What does not fill a segment waits for more bytes, or for the acknowledgement of a short one sent before
// (Nagle's algorithm, RFC 896): sendfile hands a file over 64 KiB at a time, and the rest of that would leave
// as a packet of its own whenever an acknowledgement comes in between. At the end what still waits leaves at
// once (TCP_NODELAY in tcp(7)). TLS has its records instead.
void Output::set_large(bool large) {
  if (tls_ != nullptr) return;
  boost::system::error_code ignored;  // then the connection is gone, and sending says so
  socket_.set_option(tcp::no_delay(!large), ignored);
}

// With MSG_MORE, so that the bytes wait for the file's first ones to fill a segment.
Task<bool> Output::send_held() {
  std::string_view held = held_;
  while (!held.empty()) {
    const ssize_t sent = ::send(socket_.native_handle(), held.data(), held.size(), MSG_NOSIGNAL | MSG_MORE);
    if (sent >= 0) {
      held.remove_prefix(static_cast<std::size_t>(sent));
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) co_return false;
    const bool ready = co_await writable();
    if (!ready) co_return false;
  }
  held_.clear();
  co_return true;
}

Task<bool> Output::writable() {
  last_movement_ = Steady::now();
  unacknowledged_ = -1;
  waiting_ = true;
  const auto [failure] = co_await socket_.async_wait(tcp::socket::wait_write, kAsTuple);
  waiting_ = false;
  co_return !failure;
}

bool Output::peer_gone() {
  if (tls_ != nullptr) {  // it may have said its end before it closed
    pollfd state{socket_.native_handle(), POLLRDHUP, 0};
    return ::poll(&state, 1, 0) > 0;
  }
  char byte = 0;
  const ssize_t received = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return received == 0 || (received < 0 && errno != EAGAIN && errno != EINTR);
}

bool Output::stalled(Steady::time_point now, std::chrono::milliseconds limit) {
  if (!waiting_) return false;
  // The socket becomes writable only when much of its buffer is free; a slow peer moves before that.
  int unacknowledged = 0;
  if (::ioctl(socket_.native_handle(), SIOCOUTQ, &unacknowledged) == 0 && unacknowledged != unacknowledged_) {
    if (unacknowledged_ >= 0) last_movement_ = now;
    unacknowledged_ = unacknowledged;
  }
  return now - last_movement_ >= limit;
}

}  // namespace artifactapi::server
