#include "http/challenge.h"

#include <gtest/gtest.h>

namespace artifactapi::http {
namespace {

using Parameters = std::vector<ChallengeParameter>;

TEST(ParseChallenges, ReadsOneWithQuotedParameters) {
  const auto read = parse_challenges(
      R"(Bearer realm="https://auth.test/token",service="registry.test",scope="repository:a/b:pull,push")");
  ASSERT_EQ(read.size(), 1U);
  EXPECT_EQ(read[0].scheme, "bearer");
  EXPECT_EQ(read[0].parameters, (Parameters{{"realm", "https://auth.test/token"},
                                            {"service", "registry.test"},
                                            {"scope", "repository:a/b:pull,push"}}));
  EXPECT_EQ(read[0].get("Scope"), "repository:a/b:pull,push");
  EXPECT_EQ(read[0].get("error"), std::nullopt);
}

TEST(ParseChallenges, TellsTheNextChallengeFromTheNextParameter) {
  const auto read = parse_challenges(
      R"(Newauth realm="apps", type=1, title="Login to \"apps\"", Basic realm="simple", Negotiate, X ab+/c==)");
  ASSERT_EQ(read.size(), 4U);
  EXPECT_EQ(read[0],
            (Challenge{"newauth", "", {{"realm", "apps"}, {"type", "1"}, {"title", "Login to \"apps\""}}}));
  EXPECT_EQ(read[1], (Challenge{"basic", "", {{"realm", "simple"}}}));
  EXPECT_EQ(read[2], (Challenge{"negotiate", "", {}}));
  EXPECT_EQ(read[3], (Challenge{"x", "ab+/c==", {}}));
}

TEST(ParseChallenges, IsGenerousWithSpacesCommasAndMissingQuotes) {
  const auto read =
      parse_challenges(" ,, bEaReR \t realm = https://auth.test/token?a=b ,, service=\"\" , Basic ");
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[0].parameters, (Parameters{{"realm", "https://auth.test/token?a=b"}, {"service", ""}}));
  EXPECT_EQ(read[1].scheme, "basic");
}

TEST(ParseChallenges, KeepsWhatCameWholeBeforeAMistake) {
  EXPECT_EQ(parse_challenges(R"(Basic realm="a", Bearer realm="cut)").size(), 1U);
  EXPECT_EQ(parse_challenges(R"(Basic realm="a", "odd")").size(), 1U);
  EXPECT_TRUE(parse_challenges("Bearer realm=\"a\x01\"").empty());
  EXPECT_TRUE(parse_challenges(R"(Bearer realm="a" service="b")").empty());
  EXPECT_TRUE(parse_challenges(R"(Bearer realm="a\)").empty());
  EXPECT_TRUE(parse_challenges("").empty());
  EXPECT_TRUE(parse_challenges(",").empty());
  EXPECT_TRUE(parse_challenges("=").empty());
}

TEST(ParseChallenges, IsBounded) {
  std::string many;
  for (int i = 0; i < 100; ++i) many += "Basic, ";
  EXPECT_EQ(parse_challenges(many).size(), kMaxChallenges);
  std::string parameters = "Bearer a=b";
  for (int i = 0; i < 100; ++i) parameters += ",a=b";
  EXPECT_TRUE(parse_challenges(parameters).empty());
  EXPECT_TRUE(parse_challenges("Bearer realm=\"" + std::string(kMaxChallengeBytes, 'a') + "\"").empty());
}

}  // namespace
}  // namespace artifactapi::http
