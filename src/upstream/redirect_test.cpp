#include "upstream/redirect.h"

#include "upstream/origin.h"

#include <gtest/gtest.h>

namespace artifactapi::upstream {
namespace {

http::Url url(const char* text) {
  return http::parse_url(text).value();
}

Result<http::Url> follow(const char* from, const char* location) {
  return redirect_target(url(from), http::Headers{{"Location", location}});
}

TEST(Redirect, RelativeAndAbsoluteTargetsAreResolved) {
  EXPECT_EQ(http::to_string(follow("https://a.example/x/y", "z").value()), "https://a.example/x/z");
  EXPECT_EQ(http::to_string(follow("https://a.example/x", "https://b.example/y?sig=1").value()),
            "https://b.example/y?sig=1");
}

TEST(Redirect, OnlySomeLetAPostGoOn) {
  for (const int status : {301, 302, 303}) EXPECT_FALSE(keeps_method(status)) << status;
  for (const int status : {307, 308}) EXPECT_TRUE(keeps_method(status)) << status;
}

TEST(Redirect, AStepDownToHttpIsRefused) {
  EXPECT_EQ(follow("https://a.example/", "http://a.example/").error().code, Code::BadPeer);
  EXPECT_TRUE(follow("http://a.example/", "https://a.example/").has_value());
}

TEST(Redirect, OtherSchemesAndNothingAtAllAreRefused) {
  EXPECT_FALSE(follow("http://a.example/", "file:///etc/passwd").has_value());
  EXPECT_FALSE(follow("http://a.example/", "javascript:alert(1)").has_value());
  EXPECT_FALSE(redirect_target(url("http://a.example/"), {}).has_value());
}

TEST(Redirect, CredentialsInALocationAreDropped) {
  const auto target = follow("http://a.example/", "http://user:secret@b.example/").value();
  EXPECT_TRUE(target.user.empty());
  EXPECT_TRUE(target.password.empty());
}

TEST(UrlBelow, JoinsWithOneSlashAndKeepsTheQueryApart) {
  EXPECT_EQ(http::to_string(url_below(url("http://a.example"), "x/y?q=1")), "http://a.example/x/y?q=1");
  EXPECT_EQ(http::to_string(url_below(url("http://a.example/p/"), "x%20y/")), "http://a.example/p/x%20y/");
}

}  // namespace
}  // namespace artifactapi::upstream
