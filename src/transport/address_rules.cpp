#include "transport/address_rules.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace artifactapi::transport {

namespace {

template <std::size_t Size>
struct Range {
  std::array<std::uint8_t, Size> first{};
  unsigned bits = 0;

  [[nodiscard]] bool contains(std::span<const std::uint8_t, Size> address) const {
    const std::size_t whole = bits / 8;
    if (!std::equal(first.begin(), first.begin() + static_cast<std::ptrdiff_t>(whole), address.begin())) {
      return false;
    }
    const unsigned rest = bits % 8;
    if (rest == 0) return true;
    return (first[whole] >> (8 - rest)) == (address[whole] >> (8 - rest));
  }
};

// IANA's special-purpose registry, and two cloud platforms' own addresses in public space.
constexpr std::array<Range<4>, 17> kNotPublicV4{{
    {{0, 0, 0, 0}, 8},         // this network
    {{10, 0, 0, 0}, 8},        // private
    {{100, 64, 0, 0}, 10},     // shared between carrier and customer
    {{127, 0, 0, 0}, 8},       // loopback
    {{168, 63, 129, 16}, 32},  // a cloud's host agent
    {{169, 254, 0, 0}, 16},    // link-local, metadata services
    {{172, 16, 0, 0}, 12},     // private
    {{192, 0, 0, 0}, 24},      // protocol assignments
    {{192, 0, 2, 0}, 24},      // documentation
    {{192, 31, 196, 0}, 24},   // AS112
    {{192, 88, 99, 0}, 24},    // 6to4 relays
    {{192, 168, 0, 0}, 16},    // private
    {{198, 18, 0, 0}, 15},     // benchmarking
    {{198, 51, 100, 0}, 24},   // documentation
    {{203, 0, 113, 0}, 24},    // documentation
    {{224, 0, 0, 0}, 4},       // multicast
    {{240, 0, 0, 0}, 4},       // reserved, broadcast
}};

constexpr Range<16> kGlobalUnicast{{0x20}, 3};
constexpr Range<16> kMapped{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96};
constexpr Range<16> kNat64{{0x00, 0x64, 0xff, 0x9b}, 96};
constexpr Range<16> k6to4{{0x20, 0x02}, 16};

// Inside 2000::/3.
constexpr std::array<Range<16>, 3> kNotPublicV6{{
    {{0x20, 0x01, 0x00, 0x00}, 23},  // protocol assignments: Teredo, benchmarking, ORCHID
    {{0x20, 0x01, 0x0d, 0xb8}, 32},  // documentation
    {{0x3f, 0xff, 0x00, 0x00}, 20},  // documentation
}};

bool is_public_v4(std::span<const std::uint8_t, 4> address) {
  return std::ranges::none_of(kNotPublicV4, [&](const auto& range) { return range.contains(address); });
}

bool is_public_v6(std::span<const std::uint8_t, 16> address) {
  if (kMapped.contains(address) || kNat64.contains(address)) return is_public_v4(address.subspan<12, 4>());
  if (!kGlobalUnicast.contains(address)) return false;
  if (k6to4.contains(address)) return is_public_v4(address.subspan<2, 4>());
  return std::ranges::none_of(kNotPublicV6, [&](const auto& range) { return range.contains(address); });
}

}  // namespace

bool is_public(const boost::asio::ip::address& address) {
  if (address.is_v4()) return is_public_v4(address.to_v4().to_bytes());
  return is_public_v6(address.to_v6().to_bytes());
}

}  // namespace artifactapi::transport
