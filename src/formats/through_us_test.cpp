#include "formats/through_us.h"

#include <gtest/gtest.h>

namespace artifactapi::formats {
namespace {

struct Document {
  http::Url url = *http::parse_url("https://index.example/simple/demo/");
  http::Url base = *http::parse_url("https://files.example/root");
  RenditionAsked asked{"", "", url, base, "https://ours/api/v1/remote/r", ""};
};

std::string address(const RenditionAsked& asked, std::string_view link) {
  const auto target = link_target(asked, link);
  return target ? through_us(asked, *target) : "as it is";
}

TEST(ThroughUs, WhatLiesBelowTheBaseKeepsItsPathAndFragment) {
  const Document document;
  EXPECT_EQ(address(document.asked, "https://files.example/root/a/b.whl#sha256=1"),
            "https://ours/api/v1/remote/r/a/b.whl#sha256=1");
  EXPECT_EQ(address(document.asked, "//files.example:443/root/x?v=1"), "https://ours/api/v1/remote/r/x?v=1");
}

TEST(ThroughUs, WhatLiesElsewhereIsNamedByItsOrigin) {
  const Document document;
  const auto relative = link_target(document.asked, "../../packages/a.whl#f");
  ASSERT_TRUE(relative);
  EXPECT_EQ(relative->url, "https://index.example/packages/a.whl");
  EXPECT_EQ(relative->foreign_origin, "https://index.example");
  EXPECT_EQ(relative->path, "-/at/" + foreign_digits("https://index.example") + "/packages/a.whl");
  EXPECT_EQ(relative->fragment, "#f");
  EXPECT_FALSE(link_target(document.asked, "https://files.example/root-other/a")->foreign_origin.empty());
}

TEST(ThroughUs, WhatIsNoWebAddressStaysAsItIs) {
  const Document document;
  EXPECT_EQ(address(document.asked, "mailto:someone@example"), "as it is");
  EXPECT_EQ(address(document.asked, "oci://registry/chart"), "as it is");
  EXPECT_EQ(address(document.asked, "https://files.example/root/%zz"), "as it is");
}

TEST(ThroughUs, APathElsewhereIsKnownAgain) {
  EXPECT_EQ(path_elsewhere("-/at/0123456789abcdef/packages/a.whl"), "packages/a.whl");
  for (const std::string_view path :
       {"-/at/0123456789abcdeF/a", "-/at/0123456789abcde/a", "-/at/0123456789abcdef", "a"}) {
    EXPECT_FALSE(path_elsewhere(path)) << path;
  }
}

TEST(ThroughUs, SpellingsAreThoseOfRequests) {
  const Document document;
  EXPECT_EQ(address(document.asked, "https://files.example/root/a%2Db+c.whl"),
            "https://ours/api/v1/remote/r/a-b+c.whl");
  EXPECT_FALSE(link_target(document.asked, "https://user:secret@other.example/a")->url.contains("secret"));
}

}  // namespace
}  // namespace artifactapi::formats
