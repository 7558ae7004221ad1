// The sockets of one multi's connections, to be found again by the two ends of a connection: that is all
// libcurl tells about a kept connection before it is used.
#pragma once

#include <curl/curl.h>

#include <cstdint>
#include <string>
#include <unordered_map>

namespace artifactapi::transport {

struct ConnectionEnds {
  std::string local;
  std::uint16_t local_port = 0;
  std::string peer;
  std::uint16_t peer_port = 0;
};

// Outlives every connection of the multi.
class OpenSockets {
 public:
  // CURL_SOCKET_BAD on failure.
  [[nodiscard]] curl_socket_t open(const curl_sockaddr& address);
  void close(curl_socket_t socket);

  // Tells which connection an open socket became.
  void name(curl_socket_t socket, const ConnectionEnds& ends);
  // CURL_SOCKET_BAD when no open socket was named so.
  [[nodiscard]] curl_socket_t find(const ConnectionEnds& ends) const;

 private:
  std::unordered_map<curl_socket_t, std::string> names_;  // of every open socket; empty while it is not named
  std::unordered_map<std::string, curl_socket_t> sockets_;
};

}  // namespace artifactapi::transport
