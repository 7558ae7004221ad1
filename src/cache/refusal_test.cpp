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

TEST(Refusal, TellsOfTheQuotaWithA429Only) {
  const http::Headers upstream{{"ratelimit-limit", "100;w=21600"},
                               {"RateLimit-Remaining", "0;w=21600"},
                               {"x-quota-source", "192.0.2.1"},
                               {"x-other", "1"}};
  constexpr std::string_view kSource = "X-Quota-Source";
  const auto refusal = make_refusal(429, upstream, kNow, {&kSource, 1});
  EXPECT_EQ(refusal.headers, (http::Headers{{"ratelimit-limit", "100;w=21600"},
                                            {"RateLimit-Remaining", "0;w=21600"},
                                            {"x-quota-source", "192.0.2.1"}}));
  EXPECT_TRUE(make_refusal(404, upstream, kNow, {&kSource, 1}).headers.empty());
}

TEST(Refusal, TellsOfNoMoreThanSoManyQuotas) {
  http::Headers upstream;
  for (int i = 0; i < 100; ++i) upstream.add("ratelimit-" + std::to_string(i), "1");
  EXPECT_EQ(make_refusal(429, upstream, kNow).headers.size(), kMaxQuotaHeaders);
}

}  // namespace
}  // namespace artifactapi::cache
