#include "formats/npm/dist.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace artifactapi::formats::npm {
namespace {

using Texts = std::vector<std::string>;

Texts dists_of(const std::string& document, DistPlace place = DistPlace::EachVersion,
               std::size_t most = 100) {
  Texts found;
  const auto take = [&](std::string_view dist) {
    found.emplace_back(dist);
    return found.size() < most;
  };
  if (!each_dist(document, place, take)) found.emplace_back("failed");
  return found;
}

TEST(EachDist, FindsThoseOfVersionsAndNoOthers) {
  EXPECT_EQ(dists_of(R"({"dist":{"a":0},"readme":"\"dist\":{}","x":{"versions":{"1":{"dist":{"b":0}}}},
      "versions" : { "1.0.0" : {"foo":{"dist":{"c":0}}, "dist" : {"d":[{}]} , "dist":{"e":"}"}},
                     "2.0.0":{"\u0064ist":{"f":0}}, "3.0.0":{"dist":"none"}, "4.0.0":[{"dist":{"g":0}}]},
      "versions":{"__proto__":{"dist":{}}}})"),
            (Texts{R"({"d":[{}]})", R"({"e":"}"})", R"({"f":0})", "{}"}));
  EXPECT_EQ(dists_of(R"({"versions":["dist",{"dist":{}}],"dist":{}})"), Texts{});
  EXPECT_EQ(dists_of("\xEF\xBB\xBF \n{\"versions\":{}}\r\n\t "), Texts{});
  EXPECT_EQ(dists_of(R"({"_id":"x","time":{"unpublished":{}}})"), Texts{});
}

TEST(EachDist, OfOneVersionIsAtItsTop) {
  EXPECT_EQ(dists_of(R"({"a":{"dist":{}},"dist":{"x":1},"versions":{"1":{"dist":{"y":1}}}})", DistPlace::Top),
            Texts{R"({"x":1})"});
}

TEST(EachDist, EndsWhenNoMoreIsWanted) {
  EXPECT_EQ(dists_of(R"({"versions":{"1":{"dist":{}},"2":{"dist":{)", DistPlace::EachVersion, 1),
            Texts{"{}"});
}

TEST(EachDist, WhatIsNoObjectFails) {
  for (const auto* document : {"", " ", "[]", "null", "\"x\"", "<html></html>", "{", "{\"versions\":{\"1\":{",
                               "{} {}", "{}x", R"({"versions":{"1":{"a":[}}})", R"({"a" 1})", R"({"a":1,})",
                               R"({"a":})", R"({"a":"x)", "\xEF\xBB{}"}) {
    EXPECT_EQ(dists_of(document), Texts{"failed"}) << document;
  }
}

TEST(EachDist, TooDeepFails) {
  const auto nested = [](std::size_t depth) {
    return "{\"a\":" + std::string(depth, '[') + std::string(depth, ']') + "}";
  };
  EXPECT_EQ(dists_of(nested(63)), Texts{});
  EXPECT_EQ(dists_of(nested(64)), Texts{"failed"});
}

Texts fields_of(const std::string& dist) {
  Texts found;
  const auto take = [&](DistField field, std::string_view written) {
    found.push_back(std::to_string(static_cast<int>(field)) + std::string(written));
  };
  if (!each_field(dist, take)) found.emplace_back("failed");
  return found;
}

TEST(EachField, TellsOfStringsOnly) {
  EXPECT_EQ(fields_of(R"({"tarball" : "a\/b","integrity":"c","shasum":"d","fileCount":18446744073709551616,
      "attestations":{"provenance":{"url":"no"},"url":"e"},"signatures":[{"tarball":"no"}],"tarball":"f"})"),
            (Texts{R"(0"a\/b")", R"(1"c")", R"(2"d")", R"(3"e")", R"(0"f")"}));
  EXPECT_EQ(fields_of(R"({"tarball":null,"integrity":1,"shasum":{},"attestations":"x"})"), Texts{});
  EXPECT_EQ(fields_of(R"({"attestations":{"url":["x"]}})"), Texts{});
  EXPECT_EQ(fields_of(R"({"tarball" "x"})"), Texts{"failed"});
  EXPECT_EQ(fields_of("[]"), Texts{"failed"});
}

TEST(ShortText, IsBounded) {
  EXPECT_EQ(short_text(R"("a\/b\u0041")"), "a/bA");
  EXPECT_EQ(short_text("\"plain\""), "plain");
  for (const auto* none : {"", "\"", "\"\"", R"("\ud800")", R"("\x")"})
    EXPECT_EQ(short_text(none), "") << none;
  EXPECT_EQ(short_text("\"" + std::string(kMostTextBytes - 2, 'x') + "\"").size(), kMostTextBytes - 2);
  EXPECT_EQ(short_text("\"" + std::string(kMostTextBytes - 1, 'x') + "\""), "");
}

}  // namespace
}  // namespace artifactapi::formats::npm
