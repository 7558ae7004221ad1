#include "formats/docker/tag_page.h"

#include <gtest/gtest.h>

namespace artifactapi::formats::docker {
namespace {

class Text final : public RenditionSink {
 public:
  void write(std::string_view piece) override { text += piece; }
  std::string text;
};

struct Made {
  std::string body;
  std::string link;
};

Made made(std::string_view list, std::string_view query) {
  const auto url = *http::parse_url("https://registry.example/v2/demo/tags/list");
  const auto form = page_form(query);
  Text sink;
  const auto rendered = render_tag_page({list, "application/json", url, url, "https://ours", form}, sink);
  EXPECT_TRUE(rendered);
  return {sink.text, rendered->link};
}

constexpr std::string_view kAll = R"({ "name":"demo", "tags":["c","a","d","b"] })";

TEST(TagPage, AListThatWasNotCutIsSortedAndCutHere) {
  EXPECT_EQ(made(kAll, "n=2").body, "{\"name\":\"demo\",\"tags\":[\"a\",\"b\"]}\n");
  EXPECT_EQ(made(kAll, "n=2").link, R"(<?n=2&last=b>; rel="next")");
  EXPECT_EQ(made(kAll, "n=2&last=b").body, "{\"name\":\"demo\",\"tags\":[\"c\",\"d\"]}\n");
  EXPECT_EQ(made(kAll, "n=2&last=b").link, "");
  EXPECT_EQ(made(kAll, "last=d").body, "{\"name\":\"demo\",\"tags\":[]}\n");
  EXPECT_EQ(made(kAll, "n=0").body, "{\"name\":\"demo\",\"tags\":[]}\n");
  EXPECT_EQ(made(kAll, "n=0").link, "");
}

TEST(TagPage, UpstreamsOwnPageStaysAsItIsByteForByte) {
  EXPECT_EQ(made(kAll, "n=4").body, kAll);
  EXPECT_EQ(made(kAll, "last=B").body, kAll);
  EXPECT_EQ(made(kAll, "n=many").body, kAll);
}

TEST(TagPage, WhatIsNoListStaysAsItIs) {
  for (const std::string_view odd : {"", "[]", R"({"tags":["a","b"]})", R"({"name":"x","tags":null})",
                                     R"({"name":"x","tags":["a",1]})", "{\"name\":\"x\",\"tags\":["}) {
    EXPECT_EQ(made(odd, "n=1").body, odd);
  }
}

TEST(TagPage, TheFormKnowsNothingButTheTwoParameters) {
  EXPECT_EQ(page_form("ns=x&last=a%2Fb&n=3&o=1"), "n=3&last=a%2Fb");
  EXPECT_EQ(page_form("o=1"), "");
}

}  // namespace
}  // namespace artifactapi::formats::docker
