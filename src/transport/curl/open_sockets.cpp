#include "transport/curl/open_sockets.h"

#include <fmt/format.h>

#include <sys/socket.h>
#include <unistd.h>

namespace artifactapi::transport {

namespace {

std::string name_of(const ConnectionEnds& ends) {
  return fmt::format("{}|{}|{}|{}", ends.local, ends.local_port, ends.peer, ends.peer_port);
}

}  // namespace

curl_socket_t OpenSockets::open(const curl_sockaddr& address) {
  const curl_socket_t opened = socket(address.family, address.socktype | SOCK_CLOEXEC, address.protocol);
  if (opened < 0) return CURL_SOCKET_BAD;
  names_.try_emplace(opened);
  return opened;
}

void OpenSockets::close(curl_socket_t socket) {
  const auto known = names_.find(socket);
  if (known != names_.end()) {
    const auto named = sockets_.find(known->second);
    if (named != sockets_.end() && named->second == socket) sockets_.erase(named);
    names_.erase(known);
  }
  ::close(socket);
}

void OpenSockets::name(curl_socket_t socket, const ConnectionEnds& ends) {
  const auto known = names_.find(socket);
  if (known == names_.end()) return;
  known->second = name_of(ends);
  sockets_.insert_or_assign(known->second, socket);
}

curl_socket_t OpenSockets::find(const ConnectionEnds& ends) const {
  const auto found = sockets_.find(name_of(ends));
  return found == sockets_.end() ? CURL_SOCKET_BAD : found->second;
}

}  // namespace artifactapi::transport
