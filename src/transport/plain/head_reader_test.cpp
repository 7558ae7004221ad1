#include "transport/plain/head_reader.h"

#include <gtest/gtest.h>

#include <string>

namespace artifactapi::transport {
namespace {

constexpr std::string_view kHead =
    "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\nA: 1\r\nB: two\r\n\r\n";

TEST(HeadReader, FindsTheSameHeadHoweverItIsCut) {
  const std::string bytes = std::string(kHead) + "body";
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    HeadReader reader;
    std::size_t used = 0;
    while (!reader.head().complete()) {
      const auto fed = reader.feed(std::string_view(bytes).substr(used, piece));
      ASSERT_TRUE(fed) << fed.error().message;
      ASSERT_GT(*fed, 0U);
      used += *fed;
    }
    EXPECT_EQ(used, kHead.size()) << piece;
    EXPECT_EQ(reader.head().status(), 200);
    EXPECT_EQ(reader.head().headers(), (http::Headers{{"A", "1"}, {"B", "two"}}));
  }
}

TEST(HeadReader, RefusesALineWithoutEnd) {
  HeadReader reader;
  const std::string piece(4096, 'x');
  Result<std::size_t> fed = 0;
  std::size_t bytes = 0;
  while (fed && bytes < 2 * HeadCollector::kMaxBytes) {
    fed = reader.feed(piece);
    bytes += piece.size();
  }
  ASSERT_FALSE(fed);
  EXPECT_EQ(fed.error().code, Code::BadPeer);
  EXPECT_LE(bytes, HeadCollector::kMaxBytes + piece.size());
}

}  // namespace
}  // namespace artifactapi::transport
