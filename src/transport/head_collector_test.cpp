#include "transport/head_collector.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

namespace artifactapi::transport {
namespace {

Result<> add_all(HeadCollector& collector, std::initializer_list<std::string_view> lines) {
  for (const auto line : lines) {
    auto added = collector.add(line);
    if (!added) return added;
  }
  return {};
}

TEST(HeadCollector, KeepsTheHeadersInOrderWithTrimmedValues) {
  HeadCollector head;
  ASSERT_TRUE(add_all(head, {"HTTP/1.1 200 OK\r\n", "B:  x y \r\n", "a:\r\n", "B: 2\r\n"}));
  EXPECT_FALSE(head.complete());
  ASSERT_TRUE(head.add("\r\n"));
  EXPECT_TRUE(head.complete());
  EXPECT_EQ(head.status(), 200);
  EXPECT_EQ(head.headers(), (http::Headers{{"B", "x y"}, {"a", ""}, {"B", "2"}}));
}

TEST(HeadCollector, ForgetsInterimResponses) {
  HeadCollector head;
  ASSERT_TRUE(add_all(head, {"HTTP/1.1 103 Early Hints\r\n", "Link: x\r\n", "\r\n"}));
  EXPECT_FALSE(head.complete());
  ASSERT_TRUE(add_all(head, {"HTTP/1.1 404 Not Found\r\n", "\r\n"}));
  EXPECT_EQ(head.status(), 404);
  EXPECT_TRUE(head.headers().empty());
}

TEST(HeadCollector, RefusesAFloodOfInterimResponses) {
  HeadCollector head;
  Result<> added;
  for (int i = 0; i <= HeadCollector::kMaxInterim; ++i) {
    ASSERT_TRUE(added);
    added = add_all(head, {"HTTP/1.1 100 Continue\r\n", "\r\n"});
  }
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code, Code::BadPeer);
}

TEST(HeadCollector, AcceptsAStatusLineWithoutReason) {
  for (const char* line : {"HTTP/1.1 200\r\n", "HTTP/1.1 200 \r\n", "HTTP/1.0 200 OK\n"}) {
    HeadCollector head;
    EXPECT_TRUE(head.add(line)) << line;
  }
}

TEST(HeadCollector, RefusesOddStatusLines) {
  for (const char* line :
       {"\r\n", "HTTP/2 200\r\n", "HTTP/1.2 200 OK\r\n", "HTTP/1.1 20\r\n", "HTTP/1.1 2000 OK\r\n",
        "HTTP/1.1  200 OK\r\n", "HTTP/1.1 2a0 OK\r\n", "HTTP/1.1 099 X\r\n", "HTTP/1.1 600 X\r\n",
        "http/1.1 200 OK\r\n", "ICY 200 OK\r\n", "HTTP/1.1 101 Switching\r\n", "HTTP/1.1 200 a\rb\r\n",
        "HTTP/1.1 200 a\x01\r\n"}) {
    HeadCollector head;
    const auto added = head.add(line);
    ASSERT_FALSE(added) << line;
    EXPECT_EQ(added.error().code, Code::BadPeer);
  }
}

TEST(HeadCollector, RefusesHeaderLinesThatHttpDoesNotAllow) {
  using namespace std::string_view_literals;
  for (const auto line :
       {"no colon\r\n"sv, ": x\r\n"sv, "a : x\r\n"sv, " folded\r\n"sv, "\tfolded\r\n"sv, "a: b\rc\r\n"sv,
        "a: b\0c\r\n"sv, "a b: c\r\n"sv, "a: \x7f\r\n"sv, "a: b\r\r\n"sv}) {
    HeadCollector head;
    ASSERT_TRUE(head.add("HTTP/1.1 200 OK\r\n"));
    const auto added = head.add(line);
    ASSERT_FALSE(added) << line;
    EXPECT_EQ(added.error().code, Code::BadPeer);
  }
}

TEST(HeadCollector, BoundsHeadersInNumberAndBytes) {
  HeadCollector many;
  ASSERT_TRUE(many.add("HTTP/1.1 200 OK\r\n"));
  for (std::size_t i = 0; i < HeadCollector::kMaxHeaders; ++i) ASSERT_TRUE(many.add("a: b\r\n"));
  EXPECT_FALSE(many.add("a: b\r\n"));

  HeadCollector large;
  ASSERT_TRUE(large.add("HTTP/1.1 200 OK\r\n"));
  const std::string line = "a: " + std::string(HeadCollector::kMaxBytes / 4, 'x') + "\r\n";
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(large.add(line));
  EXPECT_FALSE(large.add(line));
}

TEST(HeadCollector, IgnoresTrailersUpToABound) {
  HeadCollector head;
  ASSERT_TRUE(add_all(head, {"HTTP/1.1 200 OK\r\n", "\r\n", "Digest: x\r\n", "\r\n"}));
  EXPECT_TRUE(head.headers().empty());
  EXPECT_FALSE(head.add(std::string(HeadCollector::kMaxBytes, 'x')));
}

TEST(HeadCollector, RefusesASecondFinalHead) {
  HeadCollector head;
  EXPECT_FALSE(add_all(head, {"HTTP/1.1 200 OK\r\n", "\r\n", "HTTP/1.1 200 OK\r\n"}));
}

}  // namespace
}  // namespace artifactapi::transport
