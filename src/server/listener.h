// Listening sockets and what can happen when one accepts.
#pragma once

#include "base/file.h"
#include "base/result.h"

#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <string>

namespace artifactapi::server {

// Fails when another socket listens there. Ours share their port with each other, and so with every process
// of the same user: without this a second server would get part of the first one's connections.
[[nodiscard]] Result<void> check_free(const boost::asio::ip::tcp::endpoint& address);

// Bound and listening, non-blocking, one of several that share the address (SO_REUSEPORT). What is set on it,
// accepted sockets inherit: TCP_NODELAY, keep-alive probes and `send_low_water` (TCP_NOTSENT_LOWAT, bytes);
// on a loopback address also a congestion control that does not pace, on others the machine's default.
[[nodiscard]] Result<File> listen_on(const boost::asio::ip::tcp::endpoint& address, int send_low_water);
[[nodiscard]] Result<boost::asio::ip::tcp::endpoint> bound_address(const File& listening);

// `host`: an IP address without brackets, or empty for all.
[[nodiscard]] Result<boost::asio::ip::tcp::endpoint> endpoint_of(const std::string& host, std::uint16_t port);

enum class Acceptance : std::uint8_t {
  Accepted,
  Empty,         // nobody waits
  OutOfResource  // no descriptor or memory: try again later
};
struct Accepted {
  Acceptance result = Acceptance::Empty;
  int descriptor = -1;                  // non-blocking; the caller's
  boost::asio::ip::tcp::endpoint peer;  // of the descriptor
};
// The next connection; those that the peer gave up already are passed over.
[[nodiscard]] Accepted accept_next(int listening);

// The text of an address for logs and rules: an IPv4 address in IPv6 clothes comes out as IPv4.
[[nodiscard]] std::string address_text(const boost::asio::ip::address& address);

// How many connections the limit on descriptors allows, leaving as many for files and upstreams.
[[nodiscard]] std::size_t connections_allowed_by_descriptors();

}  // namespace artifactapi::server
