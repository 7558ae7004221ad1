#include "api/warming/order.h"

#include <gtest/gtest.h>

#include <string>

namespace artifactapi::api {
namespace {

std::string refusal(std::string_view body) {
  const auto order = parse_order(body);
  return order ? "accepted" : order.error().message;
}

TEST(WarmingOrder, NamesPathsOrAPattern) {
  const auto paths = parse_order(R"({"remote":"files","paths":["b","a","b"]})").value();
  EXPECT_EQ(paths.remote, "files");
  EXPECT_EQ(paths.paths, (std::vector<std::string>{"b", "a"}));
  EXPECT_FALSE(paths.include);
  const auto pattern = parse_order(R"({"include_pattern":"\\.deb$","remote":"files"})").value();
  EXPECT_EQ(pattern.include->source(), "\\.deb$");
  EXPECT_TRUE(parse_order(R"({"remote":"files","paths":[]})").value().paths.empty());
}

TEST(WarmingOrder, WhatItIsNotIsSaid) {
  EXPECT_TRUE(refusal("{").starts_with("the body is not JSON"));
  EXPECT_TRUE(refusal("").starts_with("the body is not JSON"));
  EXPECT_TRUE(refusal(std::string(5000, '{')).starts_with("the body is not JSON"));
  EXPECT_TRUE(refusal(R"({"remote":"a","paths":[]} x)").starts_with("the body is not JSON"));
  EXPECT_TRUE(refusal("{\"remote\":\"\xFF\",\"paths\":[]}").starts_with("the body is not JSON"));
  EXPECT_EQ(refusal("[]"), "the body must be a JSON object");
  EXPECT_EQ(refusal(R"({"paths":[]})"), "remote is missing");
  EXPECT_EQ(refusal(R"({"remote":5,"paths":[]})"), "remote must be a string");
  EXPECT_EQ(refusal(R"({"remote":"a"})"), "either paths or include_pattern is needed");
  EXPECT_EQ(refusal(R"({"remote":"a","paths":[],"include_pattern":"x"})"),
            "either paths or include_pattern is needed");
  EXPECT_EQ(refusal(R"({"remote":"a","paths":"x"})"), "paths must be a list of strings");
  EXPECT_EQ(refusal(R"({"remote":"a","paths":[1]})"), "paths must be a list of strings");
  EXPECT_EQ(refusal(R"({"remote":"a","include_pattern":["x"]})"), "include_pattern must be a string");
  EXPECT_TRUE(refusal(R"({"remote":"a","include_pattern":"("})").starts_with("include_pattern: "));
  EXPECT_EQ(refusal(R"({"remote":"a","paths":[],"pattern":"x"})"),
            "the keys are remote and either paths or include_pattern");
}

TEST(WarmingOrder, IsBounded) {
  std::string paths = "0";
  for (int i = 0; i < 1000; ++i) paths += "\",\"" + std::to_string(i) + "x";
  EXPECT_EQ(refusal(R"({"remote":"a","paths":[")" + paths + "\"]}"), "more than 1000 paths");
  const std::string most(512, 'a');
  EXPECT_EQ(refusal(R"({"remote":"a","include_pattern":")" + most + "\"}"), "accepted");
  EXPECT_EQ(refusal(R"({"remote":"a","include_pattern":")" + most + "a\"}"),
            "include_pattern is longer than 512 bytes");
}

}  // namespace
}  // namespace artifactapi::api
