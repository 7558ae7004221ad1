// Ranges of IP addresses, for the peers whose X-Forwarded-* headers are believed.
#pragma once

#include "base/result.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace artifactapi::config {

// An IPv6 address in network order; an IPv4 address is the v4-mapped one (::ffff:a.b.c.d).
using AddressBytes = std::array<std::uint8_t, 16>;

class Network {
 public:
  // "10.0.0.0/8", "fd00::/8", or one address. Invalid for anything else, and for bits set beyond the prefix.
  [[nodiscard]] static Result<Network> parse(std::string_view text);

  [[nodiscard]] bool contains(const AddressBytes& address) const;
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  AddressBytes address_{};
  unsigned bits_ = 128;
  std::string text_;
};

// Comma or space separated networks; "none" is an empty list. "private" stands for loopback, private and
// link-local.
[[nodiscard]] Result<std::vector<Network>> parse_networks(std::string_view text);
// Nothing if `text` is not the text of an IPv4 or IPv6 address.
[[nodiscard]] Result<AddressBytes> parse_address(std::string_view text);

}  // namespace artifactapi::config
