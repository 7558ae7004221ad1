#include "transport/body_framing.h"

#include <gtest/gtest.h>

namespace artifactapi::transport {
namespace {

TEST(BodyFraming, KnowsLengthChunksAndClose) {
  const auto by_length = framing_of("GET", 200, false, {{"Content-Length", "12"}});
  ASSERT_TRUE(by_length);
  EXPECT_EQ(by_length->length, 12U);
  EXPECT_TRUE(by_length->framed);

  const auto by_chunks = framing_of("GET", 200, false, {{"transfer-encoding", "Chunked"}});
  ASSERT_TRUE(by_chunks);
  EXPECT_FALSE(by_chunks->length);
  EXPECT_TRUE(by_chunks->framed);

  const auto by_close = framing_of("GET", 200, false, {});
  ASSERT_TRUE(by_close);
  EXPECT_FALSE(by_close->framed);
}

TEST(BodyFraming, HeadAndBodilessStatusesAreFramed) {
  EXPECT_TRUE(framing_of("HEAD", 200, false, {})->framed);
  EXPECT_TRUE(framing_of("GET", 204, false, {})->framed);
  EXPECT_TRUE(framing_of("GET", 304, false, {{"Content-Length", "9"}})->bodiless);
  EXPECT_EQ(framing_of("HEAD", 200, false, {{"Content-Length", "9"}})->length, 9U);
}

TEST(BodyFraming, RefusesContradictions) {
  const http::Headers refused[] = {
      {{"Content-Length", "1"}, {"Content-Length", "2"}},
      {{"Content-Length", "1, 2"}},
      {{"Content-Length", "+1"}},
      {{"Content-Length", "1"}, {"Transfer-Encoding", "chunked"}},
      {{"Transfer-Encoding", "gzip"}},
      {{"Transfer-Encoding", "gzip, chunked"}},
      {{"Transfer-Encoding", "chunked"}, {"Transfer-Encoding", "chunked"}},
      {{"Transfer-Encoding", ""}},
  };
  for (const auto& headers : refused) {
    const auto framing = framing_of("GET", 200, false, headers);
    ASSERT_FALSE(framing) << headers.begin()->value;
    EXPECT_EQ(framing.error().code, Code::BadPeer);
  }
  EXPECT_FALSE(framing_of("GET", 200, true, {{"Transfer-Encoding", "chunked"}}));
}

}  // namespace
}  // namespace artifactapi::transport
