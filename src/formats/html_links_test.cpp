#include "formats/html_links.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace artifactapi::formats {
namespace {

using Links = std::vector<std::string>;

// Fed in pieces of `step` bytes.
Links links_of(std::string_view page, std::size_t step = SIZE_MAX) {
  Links found;
  HtmlLinks reader;
  auto take = [&found](std::string_view href) {
    found.emplace_back(href);
    return true;
  };
  for (std::size_t at = 0; at < page.size(); at += std::min(step, page.size())) {
    reader.feed(page.substr(at, step), take);
  }
  return found;
}

TEST(HtmlLinks, ReadsEverySpellingOfAnAttribute) {
  EXPECT_EQ(links_of("<a href=\"a\">x</a><A HREF='b'>x</A><a class=k href=c>x</a><a href = \"d\" >x</a>"),
            (Links{"a", "b", "c", "d"}));
  EXPECT_EQ(links_of("<a\nid=1\thref=e/>x<a/href=f>x<a disabled href=g title=h>"), (Links{"e/", "f", "g"}));
}

TEST(HtmlLinks, DecodesCharacterReferences) {
  EXPECT_EQ(links_of("<a href='a?b=1&amp;c=2&#38;d&#x26;e&lt;&gt;&quot;&apos;&#xe9;&#128230;'>"),
            (Links{"a?b=1&c=2&d&e<>\"'\xC3\xA9\xF0\x9F\x93\xA6"}));
  EXPECT_EQ(links_of("<a href='&copy;&amp&#;&#x;&;&#xffffffff;&#0;&#xd800;'>"),
            (Links{"&copy;&amp&#;&#x;&;\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"}));
}

TEST(HtmlLinks, OnlyTheFirstHrefOfAnAnchorCounts) {
  EXPECT_EQ(links_of("<a href=a href=b><link href=c><img src=d><area href=e></a href=f><abbr href=g>"),
            (Links{"a"}));
}

TEST(HtmlLinks, CommentsDeclarationsAndScriptsHoldNoLinks) {
  EXPECT_EQ(links_of("<!-- <a href=no> --><a href=1><!--><a href=2><!---><a href=3><!-- x --!><a href=4>"),
            (Links{"1", "2", "3", "4"}));
  EXPECT_EQ(links_of("<!DOCTYPE html><a href=1><?php <a href=no> ?><![CDATA[<a href=no]]><a href=2>"),
            (Links{"1", "2"}));
  EXPECT_EQ(links_of("<script>'<a href=no>'</scrip><a href=no></script ><a href=1><title><a href=no></TITLE>"
                     "<a href=2><textarea><a href=no></textareas></textarea><a href=3>"),
            (Links{"1", "2", "3"}));
}

TEST(HtmlLinks, WhatIsNoTagIsText) {
  EXPECT_EQ(links_of("1 < 2 <3 <> </> </ x> << <a href=1> <a href"), (Links{"1"}));
}

TEST(HtmlLinks, ItDoesNotMatterHowThePageIsCut) {
  const std::string page =
      "<!DOCTYPE html><!-- <a href=x> --><title>a</title><a class='k' href=\"p/?a=1&amp;b\">p</a><script>"
      "</a></script><A\nHREF=q>q</A><a href='r'>";
  const Links whole{"p/?a=1&b", "q", "r"};
  EXPECT_EQ(links_of(page), whole);
  for (std::size_t step = 1; step < page.size(); ++step) EXPECT_EQ(links_of(page, step), whole) << step;
}

TEST(HtmlLinks, ALinkThatIsTooLongIsLeftOut) {
  const std::string most(HtmlLinks::kMaxHref, 'x');
  EXPECT_EQ(links_of("<a href='" + most + "'><a href='" + most + "y'><a href=z>"), (Links{most, "z"}));
}

TEST(HtmlLinks, BytesThatAreNoTextPassThrough) {
  EXPECT_EQ(links_of(std::string("<a href='\xFF\xFE\0\x01'>", 15)),
            (Links{std::string("\xFF\xFE\0\x01", 4)}));
}

TEST(HtmlLinks, TheReaderCanBeStopped) {
  int seen = 0;
  HtmlLinks reader;
  const bool went_on = reader.feed("<a href=1><a href=2><a href=3>", [&seen](std::string_view) {
    ++seen;
    return seen < 2;
  });
  EXPECT_FALSE(went_on);
  EXPECT_EQ(seen, 2);
}

// A tree builder needs time with the square of the depth for this.
TEST(HtmlLinks, DeepNestingCostsNoMoreThanItsBytes) {
  std::string page;
  for (int i = 0; i < 200'000; ++i) page += "<b>";
  for (int i = 0; i < 200'000; ++i) page += "</i>";
  page += "<a href=end>";
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(links_of(page), (Links{"end"}));
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(5));
}

}  // namespace
}  // namespace artifactapi::formats
