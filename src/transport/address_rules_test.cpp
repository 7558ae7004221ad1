#include "transport/address_rules.h"

#include <gtest/gtest.h>

namespace artifactapi::transport {
namespace {

bool publicly(const char* text) {
  return is_public(boost::asio::ip::make_address(text));
}

TEST(AddressRules, AcceptOrdinaryInternetAddresses) {
  for (const char* text :
       {"1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "172.15.255.255",
        "172.32.0.0", "192.167.255.255", "198.17.255.255", "198.20.0.0", "168.63.129.15", "223.255.255.255",
        "2606:4700:4700::1111", "2a00:1450:4001::1", "2001:4860:4860::8888", "2001:200::1"}) {
    EXPECT_TRUE(publicly(text)) << text;
  }
}

TEST(AddressRules, RefuseEverySpecialIpv4Range) {
  for (const char* text :
       {"0.0.0.0",         "0.1.2.3",         "10.0.0.1",    "10.255.255.255",  "100.64.0.1",
        "100.127.255.255", "100.100.100.200", "127.0.0.1",   "127.255.255.254", "168.63.129.16",
        "169.254.169.254", "169.254.0.1",     "172.16.0.1",  "172.31.255.255",  "192.0.0.192",
        "192.0.2.1",       "192.88.99.1",     "192.168.0.1", "198.18.0.1",      "198.19.255.255",
        "198.51.100.7",    "203.0.113.9",     "224.0.0.1",   "239.255.255.255", "240.0.0.1",
        "255.255.255.255"}) {
    EXPECT_FALSE(publicly(text)) << text;
  }
}

TEST(AddressRules, RefuseEverySpecialIpv6Range) {
  for (const char* text : {"::", "::1", "fe80::1", "febf::1", "fec0::1", "fc00::1", "fd00:ec2::254",
                           "fdff::1", "ff02::1", "100::1", "2001::1", "2001:2::1", "2001:db8::1", "3fff::1",
                           "5f00::1", "4000::1", "2001:0:7f00:1::"}) {
    EXPECT_FALSE(publicly(text)) << text;
  }
}

TEST(AddressRules, LookAtTheIpv4AddressInsideAnIpv6One) {
  EXPECT_TRUE(publicly("::ffff:8.8.8.8"));
  EXPECT_TRUE(publicly("64:ff9b::8.8.8.8"));
  EXPECT_TRUE(publicly("2002:808:808::1"));
  for (const char* text : {"::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1",
                           "::8.8.8.8", "64:ff9b::10.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::8.8.8.8",
                           "2002:7f00:1::", "2002:a00:1::1", "2002:a9fe:a9fe::1"}) {
    EXPECT_FALSE(publicly(text)) << text;
  }
}

}  // namespace
}  // namespace artifactapi::transport
