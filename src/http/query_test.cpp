#include "http/query.h"

#include <gtest/gtest.h>

namespace artifactapi::http {
namespace {

TEST(CanonicalQuery, HasOneSpelling) {
  EXPECT_EQ(canonical_query("a=b&c"), "a=b&c");
  EXPECT_EQ(canonical_query("%61=%7e%2d"), "a=~-");
  EXPECT_EQ(canonical_query("a=%26%3d%2b%2f"), "a=%26%3D%2B%2F");
  EXPECT_EQ(canonical_query("a=[x] \"\\|"), "a=%5Bx%5D%20%22%5C%7C");
  EXPECT_EQ(canonical_query("a=+/?:@"), "a=+/?:@");
  EXPECT_EQ(canonical_query("\xC3\xA9%ff"), "%C3%A9%FF");
  EXPECT_EQ(canonical_query(""), "");
}

TEST(CanonicalQuery, RefusesControlsFragmentsAndBadEscapes) {
  for (const std::string_view query : {"a#b", "a\n", "a%0Ab", "%00", "%7f", "\x7F", "%", "%a", "%zz"}) {
    const auto result = canonical_query(query);
    ASSERT_FALSE(result) << query;
    EXPECT_EQ(result.error().code, Code::Invalid);
  }
}

TEST(CanonicalQuery, IsIdempotent) {
  for (const std::string_view query : {"%61=%26", "a=[ ]&%c3", "+%2B%20"}) {
    const auto once = canonical_query(query);
    ASSERT_TRUE(once);
    EXPECT_EQ(canonical_query(*once), *once);
  }
}

TEST(FilterQuery, KeepsDropsOrPicks) {
  const std::string_view query = "b=2&a=1&&c&a=3&%5Bx%5D=4";
  EXPECT_EQ(filter_query(query, {QueryRule::Kind::Keep, {}}), query);
  EXPECT_EQ(filter_query(query, {QueryRule::Kind::Drop, {}}), "");
  EXPECT_EQ(filter_query(query, {QueryRule::Kind::Names, {"a", "c"}}), "a=1&c&a=3");
  EXPECT_EQ(filter_query(query, {QueryRule::Kind::Names, {"[x]"}}), "%5Bx%5D=4");
  EXPECT_EQ(filter_query(query, {QueryRule::Kind::Names, {}}), "");
  EXPECT_EQ(filter_query("", {QueryRule::Kind::Names, {"a"}}), "");
}

TEST(QueryParameter, IsTheFirstOfItsNameDecodedAsInForms) {
  EXPECT_EQ(query_parameter("pattern=a%2Bb+c&limit=10", "pattern"), "a+b c");
  EXPECT_EQ(query_parameter("pattern=a&limit=10&limit=20", "limit"), "10");
  EXPECT_EQ(query_parameter("a&b=", "a"), "");
  EXPECT_EQ(query_parameter("x+y=1", "x y"), "1");
  EXPECT_FALSE(query_parameter("limit=10", "lim"));
  EXPECT_FALSE(query_parameter("limit=%zz", "limit"));
  EXPECT_FALSE(query_parameter("", "a"));
}

}  // namespace
}  // namespace artifactapi::http
