#include "http/conditions.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace artifactapi::http {
namespace {

const std::string kThen = "Sun, 06 Nov 1994 08:49:37 GMT";
const std::string kBefore = "Sun, 06 Nov 1994 08:49:36 GMT";
const std::string kAfter = "Sun, 06 Nov 1994 08:49:38 GMT";

struct Case {
  Headers headers;
  Precondition get;
  Precondition put;
};

constexpr auto kProceed = Precondition::Proceed;
constexpr auto kNotModified = Precondition::NotModified;
constexpr auto kFailed = Precondition::Failed;

TEST(Preconditions, AreEvaluatedInTheOrderOfTheRfc) {
  const std::vector<Case> cases = {
      {{}, kProceed, kProceed},
      {{{"If-Match", "\"a\""}}, kProceed, kProceed},
      {{{"If-Match", "\"b\", \"a\""}}, kProceed, kProceed},
      {{{"If-Match", "\"b\""}, {"If-Match", "\"a\""}}, kProceed, kProceed},
      {{{"If-Match", "*"}}, kProceed, kProceed},
      {{{"If-Match", "\"b\""}}, kFailed, kFailed},
      {{{"If-Match", "W/\"a\""}}, kFailed, kFailed},
      {{{"If-Match", "nonsense"}}, kFailed, kFailed},
      {{{"If-Unmodified-Since", kThen}}, kProceed, kProceed},
      {{{"If-Unmodified-Since", kAfter}}, kProceed, kProceed},
      {{{"If-Unmodified-Since", kBefore}}, kFailed, kFailed},
      {{{"If-Unmodified-Since", "nonsense"}}, kProceed, kProceed},
      {{{"If-Match", "\"a\""}, {"If-Unmodified-Since", kBefore}}, kProceed, kProceed},
      {{{"If-None-Match", "\"a\""}}, kNotModified, kFailed},
      {{{"if-none-match", "W/\"a\""}}, kNotModified, kFailed},
      {{{"If-None-Match", "\"b\", W/\"a\""}}, kNotModified, kFailed},
      {{{"If-None-Match", "*"}}, kNotModified, kFailed},
      {{{"If-None-Match", "\"b\""}}, kProceed, kProceed},
      {{{"If-None-Match", "a"}}, kProceed, kProceed},
      {{{"If-Modified-Since", kThen}}, kNotModified, kProceed},
      {{{"If-Modified-Since", kAfter}}, kNotModified, kProceed},
      {{{"If-Modified-Since", kBefore}}, kProceed, kProceed},
      {{{"If-Modified-Since", "0"}}, kProceed, kProceed},
      {{{"If-Modified-Since", kThen}, {"If-Modified-Since", kThen}}, kProceed, kProceed},
      {{{"If-None-Match", "\"b\""}, {"If-Modified-Since", kThen}}, kProceed, kProceed},
      {{{"If-None-Match", "\"a\""}, {"If-Modified-Since", kBefore}}, kNotModified, kFailed},
      {{{"If-Match", "\"b\""}, {"If-None-Match", "\"a\""}}, kFailed, kFailed},
  };
  for (const Case& c : cases) {
    std::string text;
    c.headers.append_to(text);
    EXPECT_EQ(evaluate(c.headers, Method::Get, "\"a\"", kThen), c.get) << text;
    EXPECT_EQ(evaluate(c.headers, Method::Head, "\"a\"", kThen), c.get) << text;
    EXPECT_EQ(evaluate(c.headers, Method::Put, "\"a\"", kThen), c.put) << text;
  }
}

TEST(Preconditions, WithoutValidatorsOnlyTagsThatMustMatchFail) {
  EXPECT_EQ(evaluate({{"If-Match", "\"a\""}}, Method::Get, "", ""), kFailed);
  EXPECT_EQ(evaluate({{"If-None-Match", "\"a\""}}, Method::Get, "", ""), kProceed);
  EXPECT_EQ(evaluate({{"If-Modified-Since", kAfter}}, Method::Get, "", ""), kProceed);
  EXPECT_EQ(evaluate({{"If-Unmodified-Since", kBefore}}, Method::Get, "", ""), kProceed);
}

TEST(IfRange, NeedsAStrongTagOrTheExactDate) {
  const auto holds = [](const std::string& value, std::string_view etag = "\"a\"") {
    return if_range_holds({{"If-Range", value}}, etag, kThen);
  };
  EXPECT_TRUE(if_range_holds({}, "", ""));
  EXPECT_TRUE(holds("\"a\""));
  EXPECT_FALSE(holds("\"b\""));
  EXPECT_FALSE(holds("W/\"a\""));
  EXPECT_FALSE(holds("W/\"a\"", "W/\"a\""));
  EXPECT_FALSE(holds("\"a\"", "W/\"a\""));
  EXPECT_FALSE(holds("\"a\"", ""));
  EXPECT_TRUE(holds(kThen));
  EXPECT_FALSE(holds(kAfter));
  EXPECT_FALSE(holds(kBefore));
  EXPECT_FALSE(holds("nonsense"));
  EXPECT_FALSE(if_range_holds({{"If-Range", kThen}}, "\"a\"", ""));
  EXPECT_FALSE(if_range_holds({{"If-Range", "\"a\""}, {"If-Range", "\"a\""}}, "\"a\"", kThen));
}

}  // namespace
}  // namespace artifactapi::http
