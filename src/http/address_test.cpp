#include "http/address.h"

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <random>
#include <string>

namespace artifactapi::http {
namespace {

TEST(Address, AcceptsNamesAddressesAndPorts) {
  const auto place = parse_authority("Example.com:8080");
  ASSERT_TRUE(place);
  EXPECT_EQ(place->host, "Example.com");
  EXPECT_EQ(place->port, 8080);
  const auto six = parse_authority("[2001:DB8::1]");
  ASSERT_TRUE(six);
  EXPECT_EQ(six->host, "2001:DB8::1");
  EXPECT_FALSE(six->port);
  for (const std::string_view text : {"a", "a.b.", "my_service", "x-1.example", "127.0.0.1", "1.2.3.4:65535",
                                      "1a", "[::]:1", "0xyz", "registry.k8s.io"}) {
    EXPECT_TRUE(parse_authority(text)) << text;
  }
}

TEST(Address, RefusesWhatResolversMayReadOtherwise) {
  for (const std::string_view text :
       {"",          ":80",       "a:",       "a:0",          "a:65536",    "a:123456",     "a:-1",
        "a:8a",      "a:80:80",   ".",        ".a",           "a..b",       "a b",          "a/b",
        "u@a",       "a%41",      "a,b",      "127.1",        "2130706433", "0x7f000001",   "0x7f.0.0.0x1",
        "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.4.",     "[::1",       "::1",          "[]",
        "[1.2.3.4]", "[::1]x",    "[::1]:",   "[::1%25eth0]", "[g::]",      "\xC3\xA9.com", "a\n"}) {
    EXPECT_FALSE(parse_authority(text)) << text;
  }
  EXPECT_FALSE(parse_authority(std::string(254, 'a')));
}

// inet_pton is the oracle, over random arrangements of the pieces addresses are made of.
TEST(Address, Ipv4AndIpv6AgreeWithTheSystem) {
  constexpr std::string_view kPieces[] = {":",       "::", ":", "1",   "ffff", "A0", "12345",
                                          "1.2.3.4", "0",  ".", "255", "256",  "g"};
  std::mt19937 random(11);  // NOLINT: the same inputs in every run
  unsigned char buffer[16];
  int valid = 0;
  for (int round = 0; round < 200000; ++round) {
    std::string text;
    for (auto left = 1 + random() % 17; left > 0; --left) text += kPieces[random() % std::size(kPieces)];
    const bool six = inet_pton(AF_INET6, text.c_str(), buffer) == 1;
    valid += six ? 1 : 0;
    ASSERT_EQ(is_ipv6(text), six) << text;
    ASSERT_EQ(is_ipv4(text), inet_pton(AF_INET, text.c_str(), buffer) == 1) << text;
  }
  EXPECT_GT(valid, 100);
  for (const std::string text :
       {"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "1::8", "::", "1:2:3:4:5:6:1.2.3.4",
        "::ffff:1.2.3.4", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7", "1::2::3", ":1:2:3:4:5:6:7:8",
        "1:2:3:4:5:6:7:8:", "1:2:3:4::5:6:7:8", "::1.2.3.4:5", "1.2.3.4::", ":", ":::", ""}) {
    EXPECT_EQ(is_ipv6(text), inet_pton(AF_INET6, text.c_str(), buffer) == 1) << text;
  }
}

}  // namespace
}  // namespace artifactapi::http
