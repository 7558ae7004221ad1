// Which addresses are out on the Internet, and which belong to this machine, its network or its cloud.
#pragma once

#include <boost/asio/ip/address.hpp>

namespace artifactapi::transport {

// False for loopback, private, shared (RFC 6598), link-local, multicast, unspecified, documentation,
// benchmarking, reserved and cloud metadata addresses, and for every IPv6 form that carries such an IPv4
// address (mapped, NAT64, 6to4). IPv6 outside 2000::/3 is never public but for the mapped and NAT64 forms of
// a public IPv4 address; Teredo and the deprecated IPv4-compatible form never are.
[[nodiscard]] bool is_public(const boost::asio::ip::address& address);

}  // namespace artifactapi::transport
