#include "formats/docker/tag_list.h"

#include <gtest/gtest.h>

#include <string>

namespace artifactapi::formats::docker {
namespace {

Result<Named> read(std::string_view path, std::string_view body, std::string_view link) {
  const auto url = *http::parse_url("https://registry.example/v2/a/tags/list");
  return read_tag_list({body, "application/json", url, url, {}, {}}, path, link);
}

using Paths = std::vector<std::string>;

TEST(TagList, TheImageIsWhatThePatternBeginsWith) {
  EXPECT_EQ(first_list("library/nginx/manifests/1.").value(), "library/nginx/tags/list");
  for (const auto* prefix : {"", "library/nginx", "library/", "/manifests/", "Upper/manifests/"}) {
    EXPECT_FALSE(first_list(prefix)) << prefix;
  }
}

TEST(TagList, TagsBecomeManifestsAndPagesGoOn) {
  const auto named = read("a/b/tags/list", R"({"name":"x","tags":["1.0","latest"]})",
                          R"(</v2/a/b/tags/list?last=latest&n=2>; rel="next")");
  ASSERT_TRUE(named);
  EXPECT_EQ(named->artifacts, (Paths{"a/b/manifests/1.0", "a/b/manifests/latest"}));
  EXPECT_EQ(named->next, "a/b/tags/list?last=latest&n=2");
  EXPECT_EQ(read("a/tags/list?n=1", R"({"tags":null})", "")->artifacts, Paths{});
}

TEST(TagList, WhatIsNoTagIsLeftOut) {
  const auto named = read("a/tags/list", R"({"tags":["../x","a/b","",7,null,"ok",".x"]})", "");
  ASSERT_TRUE(named);
  EXPECT_EQ(named->artifacts, Paths{"a/manifests/ok"});
}

TEST(TagList, AnotherDocumentIsRefused) {
  for (const auto* body : {"", "[]", "{}", R"({"tags":7})", R"({"tags":["a")", "<html>"}) {
    EXPECT_FALSE(read("a/tags/list", body, "")) << body;
  }
  EXPECT_FALSE(read("a/manifests/x", R"({"tags":[]})", ""));
  EXPECT_FALSE(read("a/tags/list", std::string(10'000, '['), ""));
}

}  // namespace
}  // namespace artifactapi::formats::docker
