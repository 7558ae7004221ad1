#include "formats/html_tags.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace artifactapi::formats {
namespace {

using Lines = std::vector<std::string>;

// "name attribute=value …", "/name" for an end tag.
Lines tags_of(std::string_view page) {
  Lines lines;
  HtmlTags tags(page);
  while (tags.next()) {
    auto line = (tags.is_end() ? "/" : "") + tags.name();
    for (const auto& attribute : tags.attributes()) {
      line += " " + attribute.name + "=" + *tags.value(attribute.name);
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

TEST(HtmlTags, AttributesAreReadHoweverTheyAreWritten) {
  EXPECT_EQ(tags_of(R"(<A HREF="a&amp;b" data-Yanked rel=internal x = 'y"z'/>text</a>)"),
            (Lines{"a href=a&b data-yanked= rel=internal x=y\"z", "/a"}));
  EXPECT_EQ(tags_of("<a data-requires-python='&gt;=3.8,&lt;4'>"), Lines{"a data-requires-python=>=3.8,<4"});
  EXPECT_EQ(tags_of("<a b=c/d><br/><br />"), (Lines{"a b=c/d", "br", "br"}));
}

TEST(HtmlTags, CommentsDeclarationsAndRawTextHoldNoTags) {
  EXPECT_EQ(tags_of("<!DOCTYPE html><!-- <a href=x> --><?xml <a> ?><b>"), Lines{"b"});
  EXPECT_EQ(tags_of("<!--><b><!---><i><!-- --!><u>"), (Lines{"b", "i", "u"}));
  EXPECT_EQ(tags_of("<title>1 < 2 <a href=x></titles></TITLE><b>"), (Lines{"title", "/title", "b"}));
  EXPECT_EQ(tags_of("a < b </ i> <3 <b>"), Lines{"b"});
}

TEST(HtmlTags, WhatEndsWithinATagIsNoTag) {
  for (const auto* page :
       {"<", "<a", "<a href", "<a href=", "<a href=\"x", "<a href=x", "</a", "<!--", "<!", "<a "}) {
    EXPECT_EQ(tags_of(page), Lines{}) << page;
  }
}

TEST(HtmlTags, TheFirstAttributeOfANameCounts) {
  HtmlTags tags("<a href=1 href=2>");
  ASSERT_TRUE(tags.next());
  EXPECT_EQ(tags.value("href"), "1");
  EXPECT_EQ(tags.value("rel"), std::nullopt);
}

TEST(HtmlTags, NamesValuesAndNumbersOfAttributesAreBounded) {
  std::string page = "<a " + std::string(100, 'n') + "=1 x=" + std::string(HtmlTags::kMaxValue + 1, 'v');
  for (int i = 0; i < 100; ++i) page += " a" + std::to_string(i);
  page += "><b>";
  HtmlTags tags(page);
  ASSERT_TRUE(tags.next());
  EXPECT_EQ(tags.attributes().size(), HtmlTags::kMaxAttributes);
  EXPECT_EQ(tags.value("x"), std::nullopt);
  EXPECT_TRUE(tags.next());
}

TEST(HtmlTags, BytesThatAreNoTextBecomeReplacementCharacters) {
  EXPECT_EQ(tags_of("<a title='caf\xE9'>"), Lines{"a title=caf\xEF\xBF\xBD"});
}

}  // namespace
}  // namespace artifactapi::formats
