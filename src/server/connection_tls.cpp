// What a connection does for TLS only.
#include "server/connection.h"
#include "server/lane.h"

namespace artifactapi::server {

using runtime::kAsTuple;
using runtime::Task;

// The time limit is that of Phase::Fresh: from the accepted connection to its first request.
Task<bool> Connection::handshake() {
  bool again = true;
  while (again) {
    const TlsResult result = tls_->handshake();
    if (result.step == TlsStep::Done) {
      services_.tls_handshakes.fetch_add(1, std::memory_order_relaxed);
      co_return true;
    }
    again = co_await wait_for(result.step);
  }
  services_.tls_failures.fetch_add(1, std::memory_order_relaxed);
  co_return false;
}

Task<bool> Connection::receive_tls() {
  bool again = socket_.is_open();
  while (again) {
    const TlsResult result = tls_->read(buffer_.prepare());
    if (result.step == TlsStep::Done) co_return took({}, result.bytes);
    again = co_await wait_for(result.step);
  }
  co_return false;
}

Task<bool> Connection::wait_for(TlsStep step) {
  using boost::asio::ip::tcp;
  const bool waits = step == TlsStep::WantRead || step == TlsStep::WantWrite;
  if (!waits) co_return false;
  const auto side = step == TlsStep::WantRead ? tcp::socket::wait_read : tcp::socket::wait_write;
  const auto [failure] = co_await socket_.async_wait(side, kAsTuple);
  co_return !failure && socket_.is_open();  // once closed, its number may be another connection's
}

}  // namespace artifactapi::server
