#include "http/etag.h"

#include <gtest/gtest.h>

#include <string>

namespace artifactapi::http {
namespace {

using std::string_literals::operator""s;

TEST(ParseEtag, ReadsStrongAndWeakTags) {
  const auto strong = parse_etag("\"abc\"");
  ASSERT_TRUE(strong);
  EXPECT_FALSE(strong->weak);
  EXPECT_EQ(strong->opaque, "abc");
  const auto weak = parse_etag(" W/\"a,b!#\xC3\xA9\\\" ");
  ASSERT_TRUE(weak);
  EXPECT_TRUE(weak->weak);
  EXPECT_EQ(weak->opaque, "a,b!#\xC3\xA9\\");
  EXPECT_EQ(parse_etag("\"\"")->opaque, "");
}

TEST(ParseEtag, IsStrict) {
  for (const std::string& text : {""s, "abc"s, "\"abc"s, "abc\""s, "\""s, "w/\"a\""s, "W/abc"s, "W/"s,
                                  "W /\"a\""s, "\"a b\""s, "\"a\tb\""s, "\"a\0\""s, "\"a\"b"s, "\"a\"\"b\""s,
                                  "\"a\", \"b\""s, "*"s, "\"" + std::string(kMaxEtagBytes + 1, 'a') + "\""}) {
    EXPECT_FALSE(parse_etag(text)) << text;
  }
}

// The table of RFC 9110 8.8.3.2.
TEST(EtagComparison, IsAsInTheRfc) {
  const EntityTag weak1{true, "1"};
  const EntityTag weak2{true, "2"};
  const EntityTag strong1{false, "1"};
  EXPECT_FALSE(strong_equal(weak1, weak1));
  EXPECT_TRUE(weak_equal(weak1, weak1));
  EXPECT_FALSE(strong_equal(weak1, weak2));
  EXPECT_FALSE(weak_equal(weak1, weak2));
  EXPECT_FALSE(strong_equal(weak1, strong1));
  EXPECT_TRUE(weak_equal(weak1, strong1));
  EXPECT_TRUE(strong_equal(strong1, strong1));
  EXPECT_TRUE(weak_equal(strong1, strong1));
}

TEST(ParseEtagList, ReadsListsAndTheAsterisk) {
  EXPECT_TRUE(parse_etag_list(" * ")->any);
  const auto list = parse_etag_list(",\"a\" ,, W/\"b,c\",");
  ASSERT_TRUE(list);
  EXPECT_FALSE(list->any);
  ASSERT_EQ(list->tags.size(), 2U);
  EXPECT_EQ(list->tags[1].opaque, "b,c");
  EXPECT_TRUE(list->tags[1].weak);
}

TEST(ParseEtagList, IsStrictAndBounded) {
  for (const std::string_view value :
       {"", ",", "a", "\"a\" \"b\"", "\"a\", *", "*, \"a\"", "\"a\", b", "\"a"}) {
    EXPECT_FALSE(parse_etag_list(value)) << value;
  }
  std::string value = "\"a\"";
  for (std::size_t i = 1; i < kMaxEtags; ++i) value += ",\"a\"";
  EXPECT_TRUE(parse_etag_list(value));
  EXPECT_FALSE(parse_etag_list(value + ",\"a\""));
}

}  // namespace
}  // namespace artifactapi::http
