// The host and port of an authority (RFC 3986 3.2.2 and 3.2.3), narrower than the grammar: nothing that
// resolvers read in more than one way.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace artifactapi::http {

struct HostAndPort {
  std::string_view host;  // as written; an IPv6 address without its brackets
  std::optional<std::uint16_t> port;
};

// host[:port] without user; see valid_authority in url.h. The views point into `text`.
std::optional<HostAndPort> parse_authority(std::string_view text);

// Four decimal numbers up to 255 without leading zeros.
bool is_ipv4(std::string_view text);
// RFC 4291 2.2 without zone.
bool is_ipv6(std::string_view text);

}  // namespace artifactapi::http
