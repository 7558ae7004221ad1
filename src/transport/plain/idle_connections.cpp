#include "transport/plain/idle_connections.h"

#include <algorithm>
#include <cerrno>
#include <sys/socket.h>
#include <utility>

namespace artifactapi::transport {

namespace {

// Most servers close a connection after a minute or two of silence.
constexpr std::chrono::seconds kKept{118};

bool goes_where(const PlainConnection& connection, const TransferRequest& request) {
  return connection.port == request.url.port && connection.reach == request.reach &&
         connection.host == request.url.host &&
         std::ranges::find(request.addresses, connection.peer) != request.addresses.end();
}

// Neither closed nor with bytes nobody asked for: the rest of an answer longer than its framing, read as the
// next answer's head, would put every later answer on the connection one off.
bool is_quiet(PlainConnection& connection) {
  char byte = 0;
  return recv(connection.socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
         (errno == EAGAIN || errno == EWOULDBLOCK);
}

}  // namespace

std::unique_ptr<PlainConnection> IdleConnections::take(const TransferRequest& request) {
  drop_old(std::chrono::steady_clock::now());
  for (std::size_t at = connections_.size(); at-- > 0;) {
    if (!goes_where(*connections_[at], request)) continue;
    auto connection = std::move(connections_[at]);
    connections_.erase(connections_.begin() + static_cast<std::ptrdiff_t>(at));
    if (is_quiet(*connection)) return connection;
  }
  return nullptr;
}

void IdleConnections::put(std::unique_ptr<PlainConnection> connection) {
  connection->idle_since = std::chrono::steady_clock::now();
  drop_old(connection->idle_since);
  if (most_ == 0) return;
  if (connections_.size() == most_) connections_.erase(connections_.begin());
  connections_.push_back(std::move(connection));
}

void IdleConnections::drop_old(std::chrono::steady_clock::time_point now) {
  const auto first_kept = std::ranges::find_if(
      connections_, [&](const auto& connection) { return now - connection->idle_since < kKept; });
  connections_.erase(connections_.begin(), first_kept);
}

}  // namespace artifactapi::transport
