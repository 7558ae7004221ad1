#include "config/network.h"

#include <fmt/format.h>

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <cstring>
#include <utility>

namespace artifactapi::config {
namespace {

constexpr std::array<std::string_view, 8> kPrivate = {
    "127.0.0.0/8",    "::1",      "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",
    "169.254.0.0/16", "fc00::/7", "fe80::/10"};
constexpr unsigned kMappedBits = 96;

// The byte of a netmask of `bits` at `index`.
std::uint8_t mask_at(unsigned bits, std::size_t index) {
  const auto first = static_cast<unsigned>(index) * 8;
  if (bits >= first + 8) return 0xFF;
  if (bits <= first) return 0;
  return static_cast<std::uint8_t>(0xFFU << (8 - (bits - first)));
}

}  // namespace

Result<AddressBytes> parse_address(std::string_view text) {
  const std::string terminated(text);
  AddressBytes bytes{};
  if (terminated.size() != std::strlen(terminated.c_str())) return fail(Code::Invalid, "not an IP address");
  if (inet_pton(AF_INET6, terminated.c_str(), bytes.data()) == 1) return bytes;
  bytes = {};
  bytes[10] = bytes[11] = 0xFF;
  if (inet_pton(AF_INET, terminated.c_str(), bytes.data() + 12) == 1) return bytes;
  return fail(Code::Invalid, "not an IP address");
}

Result<Network> Network::parse(std::string_view text) {
  const auto slash = text.find('/');
  auto address = parse_address(text.substr(0, slash));
  if (!address) return fail(Code::Invalid, fmt::format("\"{}\" is not an address or network", text));
  const bool v4 = !text.contains(':');
  Network network;
  network.address_ = *address;
  network.text_ = text;
  if (slash != std::string_view::npos) {
    const auto digits = text.substr(slash + 1);
    unsigned bits = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (error != std::errc{} || end != digits.data() + digits.size() || bits > (v4 ? 32U : 128U)) {
      return fail(Code::Invalid, fmt::format("\"{}\" has no valid prefix length", text));
    }
    network.bits_ = v4 ? bits + kMappedBits : bits;
  }
  for (std::size_t i = 0; i < network.address_.size(); ++i) {
    const auto inside = static_cast<std::uint8_t>(~mask_at(network.bits_, i));
    if ((network.address_[i] & inside) == 0) continue;
    return fail(Code::Invalid, fmt::format("\"{}\" has bits set beyond its prefix", text));
  }
  return network;
}

bool Network::contains(const AddressBytes& address) const {
  for (std::size_t i = 0; i < address.size(); ++i) {
    if (((address[i] ^ address_[i]) & mask_at(bits_, i)) != 0) return false;
  }
  return true;
}

Result<std::vector<Network>> parse_networks(std::string_view text) {
  std::vector<Network> networks;
  const auto add = [&](std::string_view one) -> Result<> {
    auto network = Network::parse(one);
    if (!network) return std::unexpected(network.error());
    networks.push_back(std::move(*network));
    return {};
  };
  while (!text.empty()) {
    const auto end = std::min(text.find_first_of(", "), text.size());
    const auto word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (word.empty() || word == "none") continue;
    if (word != "private") {
      if (auto added = add(word); !added) return std::unexpected(added.error());
      continue;
    }
    for (const auto known : kPrivate) {
      if (auto added = add(known); !added) return std::unexpected(added.error());
    }
  }
  return networks;
}

}  // namespace artifactapi::config
