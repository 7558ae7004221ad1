#include "http/chunked_decoder.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace artifactapi::http {
namespace {

using std::string_literals::operator""s;

struct Outcome {
  std::string body;
  std::size_t used = 0;
  bool done = false;
  std::optional<Code> failed;
};

// Feeds pieces of `piece` bytes until the end of the input, the end of the body or a failure.
Outcome decode(std::string_view input, std::size_t piece, std::uint64_t limit = 1000) {
  ChunkedDecoder decoder(limit);
  Outcome out;
  while (out.used < input.size() && !decoder.done()) {
    const auto used = decoder.feed(input.substr(out.used, piece), out.body);
    if (!used) {
      out.failed = used.error().code;
      return out;
    }
    out.used += *used;
  }
  out.done = decoder.done();
  return out;
}

TEST(ChunkedDecoder, ReadsABodyHoweverItIsCut) {
  const std::string body =
      "5\r\nhello\r\n00000001;a=\"b\";c\r\n \r\nA\r\n0123456789\r\n0\r\nX: y\r\nEmpty:\r\n\r\n";
  for (std::size_t piece = 1; piece <= body.size() + 4; ++piece) {
    const Outcome out = decode(body + "NEXT", piece);
    ASSERT_FALSE(out.failed) << piece;
    EXPECT_TRUE(out.done);
    EXPECT_EQ(out.body, "hello 0123456789");
    EXPECT_EQ(out.used, body.size());
  }
}

TEST(ChunkedDecoder, IsNotDoneBeforeTheEnd) {
  const std::string body = "3\r\nabc\r\n0\r\n\r\n";
  for (std::size_t size = 0; size < body.size(); ++size) {
    const Outcome out = decode(std::string_view(body).substr(0, size), 100);
    EXPECT_FALSE(out.failed);
    EXPECT_FALSE(out.done) << size;
  }
  EXPECT_TRUE(decode("0\r\n\r\n", 100).done);
}

TEST(ChunkedDecoder, RefusesWhatItCannotBeSureOf) {
  const std::string longest(ChunkedDecoder::kMaxExtensionBytes, 'x');
  const std::string long_trailer(ChunkedDecoder::kMaxTrailerBytes, 'x');
  for (const std::string& body : {
           "\r\n"s,
           "g\r\n"s,
           "-1\r\n"s,
           "+5\r\nhello"s,
           "0x5\r\nhello"s,
           " 5\r\nhello"s,
           "5 \r\nhello"s,
           "5\nhello"s,
           "5\rx"s,
           "5;a\nhello"s,
           "5;a\rx"s,
           "5;a\0\r\n"s,
           "5;\x7F\r\n"s,
           "3\r\nabc\n"s,
           "3\r\nabcd"s,
           "3\r\nabc\rx"s,
           "10000000000000004\r\n"s,
           "00000000000000000\r\n"s,
           "0\r\n\n"s,
           "0\n\r\n"s,
           "0\r\nX\r\n"s,
           "0\r\n: y\r\n"s,
           "0\r\nX : y\r\n"s,
           "0\r\n folded\r\n"s,
           "0\r\nX: a\rb"s,
           "0\r\nX: a\nb"s,
           "0\r\nX: \0\r\n"s,
           "1;" + longest + "\r\n",
           "0\r\nX: " + long_trailer + "\r\n",
       }) {
    const Outcome out = decode(body, 7);
    EXPECT_EQ(out.failed, Code::Invalid) << body.substr(0, 40);
  }
}

TEST(ChunkedDecoder, BoundsExtensionsOfAllChunksTogether) {
  std::string body;
  for (int i = 0; i < 100; ++i) body += "1;" + std::string(60, 'x') + "\r\na\r\n";
  EXPECT_EQ(decode(body, 100).failed, Code::Invalid);
}

TEST(ChunkedDecoder, HasALimitThatCountsAnnouncedBytes) {
  EXPECT_TRUE(decode("4\r\nabcd\r\n0\r\n\r\n", 100, 4).done);
  EXPECT_EQ(decode("5\r\n", 100, 4).failed, Code::TooLarge);
  EXPECT_EQ(decode("2\r\nab\r\n3\r\n", 100, 4).failed, Code::TooLarge);
  EXPECT_EQ(decode("2\r\nab\r\nffffffffffffffff\r\n", 100, 4).failed, Code::TooLarge);
}

TEST(ChunkedDecoder, StaysFailed) {
  ChunkedDecoder decoder(10);
  std::string out;
  EXPECT_FALSE(decoder.feed("x", out));
  EXPECT_FALSE(decoder.feed("0\r\n\r\n", out));
  EXPECT_FALSE(decoder.done());
}

}  // namespace
}  // namespace artifactapi::http
