#include "transport/plain/body_reader.h"

#include <gtest/gtest.h>

#include <string>

namespace artifactapi::transport {
namespace {

BodyFraming of_length(std::uint64_t length) {
  return {.length = length};
}
constexpr BodyFraming kChunked{};
constexpr BodyFraming kUntilClose{.length = std::nullopt, .framed = false};

TEST(BodyReader, FindsTheSameBodyHoweverItIsCut) {
  struct Case {
    BodyFraming framing;
    std::string bytes;
    std::size_t used;
  };
  for (const auto& [framing, bytes, used] :
       {Case{of_length(5), "hello, and more", 5},
        {kChunked, "2\r\nhe\r\n3\r\nllo\r\n0\r\nA: b\r\n\r\nmore", 26}}) {
    for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
      BodyReader reader(framing);
      std::string body;
      std::size_t at = 0;
      while (!reader.ended()) {
        const auto fed = reader.feed(std::string_view(bytes).substr(at, piece), body);
        ASSERT_TRUE(fed) << fed.error().message;
        ASSERT_GT(*fed, 0U);
        at += *fed;
      }
      EXPECT_EQ(body, "hello");
      EXPECT_EQ(at, used);
      EXPECT_TRUE(reader.end_of_connection());
    }
  }
}

TEST(BodyReader, AConnectionMayEndOnlyWhereTheFramingDoes) {
  std::string body;
  BodyReader length(of_length(5));
  ASSERT_TRUE(length.feed("hell", body));
  ASSERT_FALSE(length.end_of_connection());
  EXPECT_EQ(length.end_of_connection().error().code, Code::Cut);

  BodyReader chunked(kChunked);
  ASSERT_TRUE(chunked.feed("5\r\nhello\r\n0\r\n", body));
  ASSERT_FALSE(chunked.end_of_connection());
  EXPECT_EQ(chunked.end_of_connection().error().code, Code::Cut);

  BodyReader until_close(kUntilClose);
  ASSERT_TRUE(until_close.feed("hello", body));
  EXPECT_FALSE(until_close.ended());
  EXPECT_TRUE(until_close.end_of_connection());
  EXPECT_TRUE(until_close.ended());
}

TEST(BodyReader, WhatIsReceivedInPlaceCounts) {
  BodyReader length(of_length(5));
  EXPECT_EQ(length.as_they_are(), 5U);
  length.received(3);
  EXPECT_EQ(length.as_they_are(), 2U);
  length.received(2);
  EXPECT_TRUE(length.ended());

  EXPECT_EQ(BodyReader(kChunked).as_they_are(), 0U);
  EXPECT_GT(BodyReader(kUntilClose).as_they_are(), std::uint64_t{1} << 40);
}

TEST(BodyReader, AnAnswerWithoutBodyHasEnded) {
  EXPECT_TRUE(BodyReader().ended());
  EXPECT_TRUE(BodyReader(of_length(0)).ended());
  EXPECT_TRUE(BodyReader({.length = 5, .bodiless = true}).ended());
}

TEST(BodyReader, AMalformedChunkIsABadPeer) {
  std::string body;
  const auto fed = BodyReader(kChunked).feed("xyz\r\n", body);
  ASSERT_FALSE(fed);
  EXPECT_EQ(fed.error().code, Code::BadPeer);
}

}  // namespace
}  // namespace artifactapi::transport
