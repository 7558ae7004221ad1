#include "cache/refusal.h"

#include <gtest/gtest.h>

namespace artifactapi::cache {
namespace {

constexpr Time kNow{Seconds{1'700'000'000}};

TEST(Refusal, KeepsNothingOfUpstreamsHeadButWhenToComeBack) {
  const http::Headers upstream{{"Retry-After", "7"},
                               {"WWW-Authenticate", "Basic realm=\"secret place\""},
                               {"Set-Cookie", "a=b"},
                               {"Content-Type", "text/html"}};
  const auto refusal = make_refusal(429, upstream, kNow);
  EXPECT_EQ(refusal.status, 429);
  EXPECT_EQ(refusal.headers, (http::Headers{{"Retry-After", "7"}}));
}

TEST(Refusal, TurnsADateIntoSeconds) {
  const auto refusal = make_refusal(429, {{"Retry-After", "Tue, 14 Nov 2023 22:14:20 GMT"}}, kNow);
  EXPECT_EQ(refusal.headers.get("Retry-After"), "60");
}

TEST(Refusal, LeavesOutWhatIsNoTime) {
  EXPECT_TRUE(make_refusal(403, {{"Retry-After", "soon"}}, kNow).headers.empty());
  EXPECT_TRUE(make_refusal(403, {}, kNow).headers.empty());
}

}  // namespace
}  // namespace artifactapi::cache
