#include "http/url.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace artifactapi::http {
namespace {

using std::string_literals::operator""s;

Url url_of(std::string_view text) {
  const auto url = parse_url(text);
  EXPECT_TRUE(url) << text << ": " << (url ? "" : url.error().message);
  return url.value_or(Url{});
}

TEST(ParseUrl, TakesUrlsApart) {
  const Url url = url_of("HTTPS://us%40er:p%3Aw:x@Example.COM:8443/a%2fb/?q=%2f&r");
  EXPECT_EQ(url.scheme, "https");
  EXPECT_EQ(url.user, "us@er");
  EXPECT_EQ(url.password, "p:w:x");
  EXPECT_EQ(url.host, "example.com");
  EXPECT_EQ(url.port, 8443);
  EXPECT_EQ(url.path, "/a%2fb/");
  EXPECT_EQ(url.query, "q=%2f&r");
  EXPECT_TRUE(url.has_query);
}

TEST(ParseUrl, FillsInWhatMayBeLeftOut) {
  EXPECT_EQ(url_of("http://h").port, 80);
  EXPECT_EQ(url_of("https://h").port, 443);
  EXPECT_EQ(url_of("http://h").path, "/");
  EXPECT_EQ(url_of("http://h?q").path, "/");
  EXPECT_FALSE(url_of("http://h/").has_query);
  EXPECT_TRUE(url_of("http://h/?").has_query);
  EXPECT_EQ(url_of("http://[::1]:8000/x").host, "::1");
}

TEST(ParseUrl, EscapesOnlyWhatNoUrlMayHold) {
  EXPECT_EQ(url_of("http://h/a b\xC3\xA9?x=[1]").path, "/a%20b%C3%A9");
  EXPECT_EQ(url_of("http://h/?x=[1]|2").query, "x=%5B1%5D%7C2");
  EXPECT_EQ(url_of("http://h/%41%2f?%41%2F").path, "/%41%2f");
}

TEST(ParseUrl, RefusesEverythingElse) {
  for (const std::string& text : {""s,
                                  "h"s,
                                  "/a"s,
                                  "//h/a"s,
                                  "ftp://h/"s,
                                  "file:///etc/passwd"s,
                                  "http:"s,
                                  "http:/h/a"s,
                                  "http:h"s,
                                  "http://"s,
                                  "http:///a"s,
                                  "http://?q"s,
                                  "http://:80/"s,
                                  "http://u@/"s,
                                  "http://h:0/"s,
                                  "http://h:99999/"s,
                                  "http://h:8x/"s,
                                  "http://h /"s,
                                  "http://h\\a/"s,
                                  "http://h/a\\b"s,
                                  "http://h/a\nb"s,
                                  "http://h/\0"s,
                                  "http://h/%"s,
                                  "http://h/%g0"s,
                                  "http://h/?%"s,
                                  "http://h/a#f"s,
                                  "http://u%0a@h/"s,
                                  "http://u%@h/"s,
                                  "http://h%2f/"s,
                                  "http://[::1/"s,
                                  "http://127.1/"s,
                                  "http://0x7f000001/"s,
                                  " http://h/"s,
                                  "http://h/" + std::string(kMaxUrlBytes, 'a'),
                                  "http://h/" + std::string(kMaxUrlBytes / 2, ' ')}) {
    const auto url = parse_url(text);
    EXPECT_FALSE(url) << text;
    if (!url) EXPECT_EQ(url.error().code, Code::Invalid);
  }
}

TEST(Url, IsWrittenWithoutSecrets) {
  const Url url = url_of("https://user:secret@h:443/p?q");
  EXPECT_EQ(to_string(url), "https://h/p?q");
  EXPECT_EQ(authority(url), "h");
  EXPECT_EQ(origin(url), "https://h");
  EXPECT_EQ(target(url), "/p?q");
  EXPECT_EQ(to_string(url_of("http://[::1]:8080")), "http://[::1]:8080/");
  EXPECT_EQ(authority(url_of("https://h:80/")), "h:80");
}

TEST(Url, OriginsAreSchemeHostAndPort) {
  EXPECT_TRUE(same_origin(url_of("http://H/a"), url_of("http://h:80/b?c")));
  EXPECT_TRUE(same_origin(url_of("http://u:p@h/"), url_of("http://h/")));
  EXPECT_FALSE(same_origin(url_of("http://h/"), url_of("https://h/")));
  EXPECT_FALSE(same_origin(url_of("http://h/"), url_of("http://h:81/")));
  EXPECT_FALSE(same_origin(url_of("http://h/"), url_of("http://h.x/")));
}

// RFC 3986 5.4, without the cases that rest on other schemes.
TEST(Resolve, FollowsTheExamplesOfTheRfc) {
  const Url base = url_of("http://a/b/c/d;p?q");
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"g", "http://a/b/c/g"},
      {"./g", "http://a/b/c/g"},
      {"g/", "http://a/b/c/g/"},
      {"/g", "http://a/g"},
      {"//g", "http://g/"},
      {"?y", "http://a/b/c/d;p?y"},
      {"g?y", "http://a/b/c/g?y"},
      {"#s", "http://a/b/c/d;p?q"},
      {"g#s", "http://a/b/c/g"},
      {"g?y#s", "http://a/b/c/g?y"},
      {";x", "http://a/b/c/;x"},
      {"g;x", "http://a/b/c/g;x"},
      {"", "http://a/b/c/d;p?q"},
      {".", "http://a/b/c/"},
      {"./", "http://a/b/c/"},
      {"..", "http://a/b/"},
      {"../", "http://a/b/"},
      {"../g", "http://a/b/g"},
      {"../..", "http://a/"},
      {"../../", "http://a/"},
      {"../../g", "http://a/g"},
      {"../../../g", "http://a/g"},
      {"../../../../g", "http://a/g"},
      {"/./g", "http://a/g"},
      {"/../g", "http://a/g"},
      {"g.", "http://a/b/c/g."},
      {".g", "http://a/b/c/.g"},
      {"g..", "http://a/b/c/g.."},
      {"..g", "http://a/b/c/..g"},
      {"./../g", "http://a/b/g"},
      {"./g/.", "http://a/b/c/g/"},
      {"g/./h", "http://a/b/c/g/h"},
      {"g/../h", "http://a/b/c/h"},
      {"g;x=1/../y", "http://a/b/c/y"},
      {"g?y/../x", "http://a/b/c/g?y/../x"},
      {"%2e%2e/g", "http://a/b/g"},
      {"/a//b", "http://a/a//b"},
      {"https://x/a/../b", "https://x/b"},
      {"g?", "http://a/b/c/g?"},
      {"a/b:c", "http://a/b/c/a/b:c"},
      {"/../..", "http://a/"},
  };
  for (const auto& [reference, expected] : cases) {
    const auto url = resolve(base, reference);
    ASSERT_TRUE(url) << reference << ": " << url.error().message;
    EXPECT_EQ(to_string(*url), expected) << reference;
  }
}

TEST(Resolve, RefusesOtherSchemesAndBrokenReferences) {
  const Url base = url_of("https://a/b");
  for (const std::string_view reference :
       {"mailto:x", "javascript:alert(1)", "data:,x", "ftp://x/", "http:g", "http:///x", "//", "//h:0/",
        "\\\\x\\y", "/a\nb", "a%", "//u%zz@h/", "g:h"}) {
    EXPECT_FALSE(resolve(base, reference)) << reference;
  }
  EXPECT_FALSE(resolve(base, std::string(kMaxUrlBytes + 1, 'a')));
}

TEST(Resolve, KeepsCredentialsOnlyForTheSameAuthorityText) {
  const Url base = url_of("https://u:p@a/b");
  EXPECT_EQ(resolve(base, "/c").value_or(Url{}).password, "p");
  EXPECT_EQ(resolve(base, "//evil/c").value_or(Url{}).password, "");
  EXPECT_EQ(resolve(base, "https://a/c").value_or(Url{}).user, "");
  EXPECT_EQ(resolve(base, "//x:y@b/").value_or(Url{}).user, "x");
}

TEST(Resolve, TakesTheDefaultPortOfTheBasesScheme) {
  EXPECT_EQ(resolve(url_of("https://a:8443/b"), "//c/d").value_or(Url{}).port, 443);
}

TEST(ValidAuthority, IsWhatAHostFieldMayHold) {
  EXPECT_TRUE(valid_authority("h:80"));
  EXPECT_FALSE(valid_authority("u@h"));
  EXPECT_FALSE(valid_authority(""));
}

}  // namespace
}  // namespace artifactapi::http
