#include "config/network.h"

#include <gtest/gtest.h>

namespace artifactapi::config {
namespace {

bool inside(std::string_view network, std::string_view address) {
  return Network::parse(network).value().contains(parse_address(address).value());
}

TEST(Network, ContainsTheAddressesOfItsPrefix) {
  EXPECT_TRUE(inside("10.0.0.0/8", "10.255.0.1"));
  EXPECT_FALSE(inside("10.0.0.0/8", "11.0.0.1"));
  EXPECT_TRUE(inside("172.16.0.0/12", "172.31.255.255"));
  EXPECT_FALSE(inside("172.16.0.0/12", "172.32.0.0"));
  EXPECT_TRUE(inside("192.0.2.7", "192.0.2.7"));
  EXPECT_FALSE(inside("192.0.2.7", "192.0.2.8"));
  EXPECT_TRUE(inside("fd00::/8", "fdff::1"));
  EXPECT_FALSE(inside("fd00::/8", "fe00::1"));
  EXPECT_TRUE(inside("0.0.0.0/0", "8.8.8.8"));
  EXPECT_FALSE(inside("0.0.0.0/0", "2001:db8::1"));
  EXPECT_TRUE(inside("::/0", "8.8.8.8"));
}

TEST(Network, AMappedAddressIsItsIpv4Address) {
  EXPECT_TRUE(inside("10.0.0.0/8", "::ffff:10.1.2.3"));
}

TEST(Network, RefusesWhatIsNone) {
  for (const auto* text : {"", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8x", "10.1.0.0/8",
                           "example.com", "10.0.0", "::/129", "fd00::1/8", "010.0.0.1", "/8"}) {
    EXPECT_FALSE(Network::parse(text)) << text;
  }
  EXPECT_FALSE(parse_address(std::string_view("10.0.0.1\0x", 10)));
}

TEST(Network, ListsAreSeparatedByCommasOrBlanks) {
  EXPECT_EQ(parse_networks("10.0.0.0/8, ::1 192.0.2.1").value().size(), 3U);
  EXPECT_EQ(parse_networks("none").value().size(), 0U);
  EXPECT_GT(parse_networks("private,192.0.2.0/24").value().size(), 5U);
  EXPECT_EQ(parse_networks("10.0.0.0/8").value()[0].text(), "10.0.0.0/8");
  EXPECT_EQ(parse_networks("10.0.0.0/8,x").error().message, "\"x\" is not an address or network");
}

}  // namespace
}  // namespace artifactapi::config
