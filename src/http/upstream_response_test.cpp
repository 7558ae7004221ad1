#include "http/upstream_response.h"

#include <gtest/gtest.h>

#include <string>

namespace artifactapi::http {
namespace {

TEST(AnnouncedLength, IsContentLength) {
  EXPECT_EQ(announced_length({}).value_or(1), std::nullopt);
  EXPECT_EQ(announced_length({{"content-length", " 42 "}}).value_or(1), 42U);
  EXPECT_EQ(announced_length({{"Content-Length", "18446744073709551615"}}).value_or(1),
            18446744073709551615U);
  EXPECT_EQ(announced_length({{"Content-Length", "7"}, {"Content-Length", "7"}}).value_or(1), 7U);
  EXPECT_EQ(announced_length({{"Transfer-Encoding", "chunked"}}).value_or(1), std::nullopt);
}

TEST(AnnouncedLength, IsNotBelievedWhenUnclear) {
  for (const Headers& headers :
       {Headers{{"Content-Length", "4"}, {"Content-Length", "5"}}, Headers{{"Content-Length", "4, 4"}},
        Headers{{"Content-Length", "+4"}}, Headers{{"Content-Length", "-4"}}, Headers{{"Content-Length", ""}},
        Headers{{"Content-Length", "0x4"}}, Headers{{"Content-Length", "4a"}},
        Headers{{"Content-Length", "18446744073709551616"}},
        Headers{{"Content-Length", "4"}, {"Transfer-Encoding", "chunked"}}}) {
    const auto length = announced_length(headers);
    ASSERT_FALSE(length) << headers.joined("Content-Length");
    EXPECT_EQ(length.error().code, Code::BadPeer);
  }
}

TEST(HeaderIsClean, BoundsAndChecks) {
  EXPECT_TRUE(header_is_clean("X-A", "b"));
  EXPECT_FALSE(header_is_clean("X A", "b"));
  EXPECT_FALSE(header_is_clean("X", "a\r\nb"));
  EXPECT_FALSE(header_is_clean("X", std::string(kMaxUpstreamHeaderBytes, 'a')));
}

TEST(ParseContentRange, ReadsSatisfiedRanges) {
  EXPECT_EQ(parse_content_range("bytes 0-4/10"), (ContentRange{0, 4, 10}));
  EXPECT_EQ(parse_content_range(" Bytes 5-9/10 "), (ContentRange{5, 9, 10}));
  EXPECT_EQ(parse_content_range("bytes 5-9/*"), (ContentRange{5, 9, std::nullopt}));
}

TEST(ParseContentRange, RefusesAllElse) {
  for (const std::string_view value :
       {"", "bytes", "bytes */10", "bytes 0-4", "bytes 0-/10", "bytes -4/10", "bytes 4-0/10", "bytes 0-10/10",
        "bytes 0-4/", "bytes=0-4/10", "items 0-4/10", "bytes 0-4/10x", "bytes 0 - 4/10", "bytes 0-4/+10",
        "bytes 0-18446744073709551616/*", "bytes 0-4/1/0"}) {
    EXPECT_FALSE(parse_content_range(value)) << value;
  }
}

TEST(RetryAfter, IsSecondsOrADateWithinADay) {
  constexpr Time kNow{Milliseconds{784111777500}};
  EXPECT_EQ(retry_after("120", kNow), Seconds{120});
  EXPECT_EQ(retry_after(" 0 ", kNow), Seconds{0});
  EXPECT_EQ(retry_after("99999999999999999999999999", kNow), kMaxRetryAfter);
  EXPECT_EQ(retry_after("86401", kNow), kMaxRetryAfter);
  EXPECT_EQ(retry_after("Sun, 06 Nov 1994 08:49:47 GMT", kNow), Seconds{10});
  EXPECT_EQ(retry_after("Sun, 06 Nov 1994 08:49:37 GMT", kNow), Seconds{0});
  EXPECT_EQ(retry_after("Sun, 06 Nov 2094 08:49:37 GMT", kNow), kMaxRetryAfter);
  for (const std::string_view value : {"", "-1", "+1", "1.5", "soon", "1 2"})
    EXPECT_FALSE(retry_after(value, kNow)) << value;
}

TEST(QuotaRemaining, IsTheNumberInFront) {
  const auto left = [](const char* value) { return quota_remaining({{"ratelimit-remaining", value}}); };
  EXPECT_EQ(left("76;w=21600"), 76U);
  EXPECT_EQ(left(" 0 "), 0U);
  EXPECT_EQ(left("18446744073709551615"), kMaxQuota);
  for (const char* odd : {"", ";w=1", "-1", "1 2", "0x10", "99999999999999999999", "many"}) {
    EXPECT_EQ(left(odd), std::nullopt) << odd;
  }
  EXPECT_EQ(quota_remaining({}), std::nullopt);
}

}  // namespace
}  // namespace artifactapi::http
