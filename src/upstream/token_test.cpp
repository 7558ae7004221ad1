#include "upstream/token.h"

#include <gtest/gtest.h>

#include <vector>

namespace artifactapi::upstream {
namespace {

constexpr Time kNow{Seconds{1'700'000'000}};  // 2023-11-14T22:13:20Z

http::Url url(const char* text) {
  return http::parse_url(text).value();
}

Seconds life(const std::string& more) {
  const auto token = parse_token(R"({"token":"abc")" + more + "}", kNow);
  return token ? std::chrono::floor<Seconds>(token->expires_at - kNow) : Seconds{-1};
}

TEST(ParseToken, TakesEitherName) {
  EXPECT_EQ(parse_token(R"({"token":"abc"})", kNow)->value.reveal(), "abc");
  EXPECT_EQ(parse_token(R"({"access_token":"def","token":""})", kNow)->value.reveal(), "def");
  EXPECT_EQ(parse_token(R"({"access_token":"def","token":"abc"})", kNow)->value.reveal(), "abc");
}

TEST(ParseToken, LivesAsLongAsItSaysWithinReason) {
  EXPECT_EQ(life(""), kDefaultTokenLife);
  EXPECT_EQ(life(R"(,"expires_in":300)"), Seconds{300});
  EXPECT_EQ(life(R"(,"expires_in":300.0)"), Seconds{300});
  for (const char* odd : {"0", "-5", "\"300\"", "null", "[]", "1e-9", "-1e300"}) {
    EXPECT_EQ(life(std::string(R"(,"expires_in":)") + odd), kDefaultTokenLife) << odd;
  }
  for (const char* far : {"999999999999", "18446744073709551615", "1e300"}) {
    EXPECT_EQ(life(std::string(R"(,"expires_in":)") + far), kLongestTokenLife) << far;
  }
}

TEST(ParseToken, CountsTheTimeSinceItWasIssuedButNotAWrongClock) {
  EXPECT_EQ(life(R"(,"expires_in":300,"issued_at":"2023-11-14T22:13:20Z")"), Seconds{300});
  EXPECT_EQ(life(R"(,"expires_in":300,"issued_at":"2023-11-14T22:12:20.123456789Z")"), Seconds{240});
  EXPECT_EQ(life(R"(,"expires_in":300,"issued_at":"2023-11-15T00:12:20+02:00")"), Seconds{240});
  EXPECT_EQ(life(R"(,"expires_in":300,"issued_at":"2023-11-14T18:42:20-03:30")"), Seconds{240});
  for (const char* odd : {"2023-11-14T22:03:20Z", "2023-11-14T23:13:20Z", "0001-01-01T00:00:00Z", "yesterday",
                          "2023-02-30T00:00:00Z", "2023-11-14T22:12:20", "2023-11-14T22:12:20Zx"}) {
    EXPECT_EQ(life(std::string(R"(,"expires_in":300,"issued_at":")") + odd + "\""), Seconds{300}) << odd;
  }
}

TEST(ParseToken, IsRenewedShortlyBeforeItExpires) {
  const auto margin = [](const std::string& expires_in) {
    const auto token = parse_token(R"({"token":"abc","expires_in":)" + expires_in + "}", kNow).value();
    return token.expires_at - token.renew_at;
  };
  EXPECT_EQ(margin("300"), Seconds{30});
  EXPECT_EQ(margin("43200"), Seconds{60});
  EXPECT_EQ(margin("2"), Seconds{1});
}

TEST(ParseToken, RefusesWhatHoldsNoTokenForAHeader) {
  const auto why = [](std::string_view document) { return parse_token(document, kNow).error().message; };
  EXPECT_EQ(why(""), "the answer is no JSON object");
  EXPECT_EQ(why("<html>"), "the answer is no JSON object");
  EXPECT_EQ(why("[]"), "the answer is no JSON object");
  EXPECT_EQ(why(R"({"token":"a"} x)"), "the answer is no JSON object");
  EXPECT_EQ(why(std::string(2000, '[')), "the answer is no JSON object");
  EXPECT_EQ(why(R"({"token":5})"), "the answer holds no token");
  EXPECT_EQ(why(R"({"token":"a b"})"), "the token holds what no header may hold");
  EXPECT_EQ(why(R"({"token":"a\r\nHost: x"})"), "the token holds what no header may hold");
  EXPECT_EQ(why(R"({"token":")" + std::string(kMaxTokenBytes + 1, 'a') + "\"}"), "the token is too long");
  EXPECT_EQ(why(R"({"token":"a","x":")" + std::string(kMaxTokenDocumentBytes, 'a') + "\"}"),
            "the answer is too long");
  EXPECT_TRUE(parse_token(R"({"token":")" + std::string(kMaxTokenBytes, 'a') + "\"}", kNow));
}

TEST(BearerChallenge, NeedsAnHttpRealmAndStaysWithinBounds) {
  const auto read = [](const std::string& text) {
    return bearer_challenge(http::parse_challenges(text).at(0));
  };
  const auto whole = read(R"(Bearer realm="https://user:pw@auth.test/token",service="s",scope="a b")");
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->service, (TokenService{url("https://auth.test/token"), "s"}));
  EXPECT_EQ(whole->scope, "a b");
  EXPECT_FALSE(read(R"(Basic realm="https://auth.test/token")"));
  EXPECT_FALSE(read(R"(Bearer service="s")"));
  EXPECT_FALSE(read(R"(Bearer realm="file:///etc/passwd")"));
  EXPECT_FALSE(read(R"(Bearer realm="/token")"));
  EXPECT_FALSE(
      read(R"(Bearer realm="http://a.test",service=")" + std::string(kMaxServiceBytes + 1, 's') + "\""));
  EXPECT_FALSE(read(R"(Bearer realm="http://a.test",scope=")" + std::string(kMaxScopeBytes + 1, 's') + "\""));
}

TEST(TokenUrl, AsksForServiceAndEveryScope) {
  const auto target = [](const char* realm, const char* service, const char* scope) {
    return http::target(token_url(TokenService{url(realm), service}, scope));
  };
  EXPECT_EQ(target("https://auth.test/token", "registry.test", "repository:a/b:pull"),
            "/token?service=registry.test&scope=repository%3Aa%2Fb%3Apull");
  EXPECT_EQ(target("https://auth.test/token?a=b", "x&y", "one  two"),
            "/token?a=b&service=x%26y&scope=one&scope=two");
  EXPECT_EQ(target("https://auth.test/token", "", ""), "/token");
}

TEST(MaySeeCredentials, OnlyTheOriginsOwnHostAndTheTrustedOnes) {
  const auto base = url("https://registry.test:5000");
  const std::vector<std::string> trusted{"auth.test", "other.test:8443", "[2001:db8::1]:443"};
  const auto may = [&](const char* realm) { return may_see_credentials(url(realm), base, trusted); };
  EXPECT_TRUE(may("https://registry.test/token"));
  EXPECT_TRUE(may("https://auth.test/token"));
  EXPECT_TRUE(may("https://AUTH.test:8443/token"));
  EXPECT_TRUE(may("https://other.test:8443/token"));
  EXPECT_TRUE(may("https://[2001:db8::1]/token"));
  EXPECT_FALSE(may("https://other.test/token"));
  EXPECT_FALSE(may("https://evil.test/auth.test"));
  EXPECT_FALSE(may("https://auth.test.evil.test/"));
  EXPECT_FALSE(may("https://x.auth.test/"));
  EXPECT_FALSE(may("https://[2001:db8::2]/token"));
}

}  // namespace
}  // namespace artifactapi::upstream
