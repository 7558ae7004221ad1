#include "base/pattern_prefix.h"

#include <gtest/gtest.h>

namespace artifactapi {
namespace {

std::string anchored(std::string_view source) {
  const auto prefix = pattern_prefix(source);
  return prefix.anchored ? prefix.text : "not anchored";
}

TEST(PatternPrefix, IsWhatStandsBeforeTheFirstSpecialCharacter) {
  EXPECT_EQ(anchored("^pool/main/h/.*\\.deb$"), "pool/main/h/");
  EXPECT_EQ(anchored("^v1\\.2\\.3/[ab]"), "v1.2.3/");
  EXPECT_EQ(anchored("^a/(b|c)/d"), "a/");
  EXPECT_EQ(anchored("^whole$"), "whole");
  EXPECT_EQ(anchored("^"), "");
  EXPECT_EQ(anchored("^a\\d+"), "a");
}

TEST(PatternPrefix, AnOptionalCharacterIsNotPartOfIt) {
  EXPECT_EQ(anchored("^abc?"), "ab");
  EXPECT_EQ(anchored("^abc*"), "ab");
  EXPECT_EQ(anchored("^abc{0,2}"), "ab");
  EXPECT_EQ(anchored("^abc+"), "abc");
  EXPECT_EQ(anchored("^a\\.?"), "a");
  EXPECT_EQ(anchored("^a\xC3\xA9?"), "a");
}

TEST(PatternPrefix, AlternativesHaveNone) {
  for (const auto* source :
       {"^a/b|^c", "a|b", "^(a)|b", "^a[]|]|b", "^a[[:alpha:](]|b", "^a([)]x)|b", "^a[^](]|b", "^a(?#()|b"}) {
    EXPECT_EQ(pattern_prefix(source).text, "") << source;
    EXPECT_FALSE(pattern_prefix(source).anchored) << source;
  }
  EXPECT_EQ(anchored("^a/\\|"), "a/|");
  EXPECT_EQ(anchored("^a/[x|y]/(b|c[)])"), "a/");
}

TEST(PatternPrefix, AnUnanchoredOneTellsWhatTheMatchBeginsWith) {
  const auto prefix = pattern_prefix("owner/project/.*linux");
  EXPECT_FALSE(prefix.anchored);
  EXPECT_EQ(prefix.text, "owner/project/");
  EXPECT_EQ(pattern_prefix("(?i)^a").text, "");
  EXPECT_FALSE(pattern_prefix("(?i)^a").anchored);
}

}  // namespace
}  // namespace artifactapi
