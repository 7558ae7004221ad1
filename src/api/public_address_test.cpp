#include "api/public_address.h"

#include <gtest/gtest.h>

namespace artifactapi::api {
namespace {

PublicAddress settings() {
  return {"", *config::parse_networks("10.0.0.0/8")};
}

http::Request request(http::Headers headers) {
  http::Request made;
  made.headers = std::move(headers);
  return made;
}

std::string address(const http::Headers& headers, const char* peer = "10.1.2.3", bool secure = false) {
  RequestContext context{.request_id = "r", .peer_address = peer, .secure = secure};
  return address_of(settings(), request(headers), context).value_or("none");
}

TEST(PublicAddress, TheConfiguredOneCountsBeforeAllOthers) {
  auto fixed = settings();
  fixed.url = "https://packages.example/x";
  const RequestContext context{.request_id = "r", .peer_address = "10.1.2.3"};
  const auto asked = request({{"Host", "h"}, {"X-Forwarded-Host", "other"}});
  EXPECT_EQ(address_of(fixed, asked, context), "https://packages.example/x");
}

TEST(PublicAddress, WithoutAnythingElseItIsTheHostThatTheClientNamed) {
  EXPECT_EQ(address({{"Host", "h.example:8000"}}), "http://h.example:8000");
  EXPECT_EQ(address({{"Host", "h"}}, "10.1.2.3", true), "https://h");
  EXPECT_EQ(address({}), "none");
  EXPECT_EQ(address({{"Host", "h/\"x"}}), "none");
}

TEST(PublicAddress, ATrustedPeerTellsWhatTheClientUsed) {
  EXPECT_EQ(
      address({{"Host", "in"}, {"X-Forwarded-Proto", "https"}, {"X-Forwarded-Host", "out.example, mid"}}),
      "https://out.example");
  EXPECT_EQ(address({{"Host", "in"}, {"X-Forwarded-Prefix", "/team/"}}), "http://in/team");
  EXPECT_EQ(address({{"Host", "in"}, {"Forwarded", "for=1.2.3.4;proto=https;host=\"o:8443\", for=2.3.4.5"}}),
            "https://o:8443");
}

TEST(PublicAddress, OthersTellNothing) {
  EXPECT_EQ(address({{"Host", "in"}, {"X-Forwarded-Host", "evil"}, {"Forwarded", "host=evil"}}, "192.0.2.1"),
            "http://in");
}

TEST(PublicAddress, MalformedFieldsCountAsNone) {
  EXPECT_EQ(address({{"Host", "in"}, {"X-Forwarded-Host", "a b"}, {"X-Forwarded-Proto", "gopher"}}),
            "http://in");
  EXPECT_EQ(address({{"Host", "in"}, {"X-Forwarded-Prefix", "//evil.example"}, {"Forwarded", ";;=;host="}}),
            "http://in");
  EXPECT_EQ(address({{"Host", "in"}, {"X-Forwarded-Prefix", "/a?b"}}), "http://in");
}

TEST(PlainHostOf, IsWhatLeadsToTheAddressWithoutAProxy) {
  EXPECT_EQ(plain_host_of("http://a.test:8080", false), "a.test:8080");
  EXPECT_EQ(plain_host_of("https://[::1]:8443", true), "[::1]:8443");
  for (const auto* address : {"https://a.test", "http://a.test/prefix"}) {
    EXPECT_EQ(plain_host_of(address, false), address) << "no Host is that";
  }
  EXPECT_EQ(plain_host_of("http://a.test", true), "http://a.test");
}

}  // namespace
}  // namespace artifactapi::api
