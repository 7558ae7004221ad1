#include "server/body_writer.h"

#include "server/testing/server_fixture.h"

#include <gtest/gtest.h>

namespace artifactapi::server {
namespace {

using testing::Answer;
using testing::End;
using testing::file_with;
using testing::ScriptedFollower;
using testing::ScriptedRelay;
using testing::TestClient;
using testing::text_response;

class BodyWriting : public testing::ServerTest {
 protected:
  // The answer to /a has this body.
  void serve(cache::Body body, std::optional<std::uint64_t> length = std::nullopt) {
    handler.when("/a", [body = std::move(body), length](const auto&, const auto&) {
      api::Response response;
      response.body = body;
      response.content_length = length;
      return response;
    });
    start();
  }
  static cache::Bytes bytes(std::string text) { return std::make_shared<const std::string>(std::move(text)); }
  std::shared_ptr<ScriptedFollower> follower = std::make_shared<ScriptedFollower>(loops);
};

TEST_F(BodyWriting, AFileRangeIsSentWithItsLength) {
  serve(cache::FileBody{.file = file_with("0123456789"), .offset = 2, .length = 5});
  TestClient client(port);
  const Answer answer = client.get("/a");
  EXPECT_EQ(answer.header("Content-Length"), "5");
  EXPECT_EQ(answer.body, "23456");
}

// More than the kernel takes of it before the client has read some.
TEST_F(BodyWriting, ALargeBodyInMemoryIsSentToItsEnd) {
  constexpr std::size_t kBytes = std::size_t{32} << 20;
  std::string text;
  for (std::size_t at = 0; text.size() < kBytes; ++at) text += std::to_string(at) + ' ';
  const auto size = text.size();
  serve(bytes(text));
  TestClient client(port);
  const Answer answer = client.get("/a");
  EXPECT_EQ(answer.header("Content-Length"), std::to_string(size));
  EXPECT_TRUE(answer.body == text);
  const auto finished = handler.wait_finished(1).at(0);
  EXPECT_TRUE(finished.complete);
  EXPECT_EQ(finished.body_bytes, size);
  EXPECT_EQ(client.get("/missing").status(), 404);
}

TEST_F(BodyWriting, AGrowingFileOfKnownLengthIsFollowedToItsEnd) {
  follower->append("head");
  serve(cache::FollowBody{.follower = follower, .offset = 0, .length = 10});
  TestClient client(port);
  client.send("GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
  follower->append("er ");
  follower->append("end");
  follower->end(cache::Stream::End);
  EXPECT_EQ(client.read().body, "header end");
}

TEST_F(BodyWriting, TheOpeningOfAGrowingFileIsSentFromMemory) {
  follower->open("HEAD");
  serve(cache::FollowBody{.follower = follower, .offset = 1, .length = 9});
  TestClient client(port);
  client.send("GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
  follower->append("head");
  follower->append("er end");
  follower->end(cache::Stream::End);
  EXPECT_EQ(client.read().body, "EADer end");
}

TEST_F(BodyWriting, ARangeBehindTheOpeningIsSentFromTheFile) {
  follower->open("HEAD");
  follower->append("header end");
  follower->end(cache::Stream::End);
  serve(cache::FollowBody{.follower = follower, .offset = 5, .length = 5});
  TestClient client(port);
  EXPECT_EQ(client.get("/a").body, "r end");
}

TEST_F(BodyWriting, AGrowingFileOfUnknownLengthIsChunked) {
  follower->append("one ");
  serve(cache::FollowBody{.follower = follower, .offset = 0, .length = std::nullopt});
  TestClient client(port);
  client.send("GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
  follower->append("two");
  follower->end(cache::Stream::End);
  const Answer answer = client.read();
  EXPECT_EQ(answer.header("Transfer-Encoding"), "chunked");
  EXPECT_EQ(answer.header("Content-Length"), "");
  EXPECT_EQ(answer.body, "one two");
  EXPECT_EQ(client.get("/missing").status(), 404);
}

TEST_F(BodyWriting, ABrokenSourceResetsTheConnection) {
  follower->append("part of");
  serve(cache::FollowBody{.follower = follower, .offset = 0, .length = 100});
  TestClient client(port);
  client.send("GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
  follower->end(cache::Stream::Broken);
  EXPECT_EQ(client.read_end(), End::Reset);
  EXPECT_FALSE(handler.wait_finished(1).at(0).complete);
}

TEST_F(BodyWriting, ABrokenChunkedSourceResetsTheConnection) {
  follower->append("part of");
  serve(cache::FollowBody{.follower = follower, .offset = 0, .length = std::nullopt});
  TestClient client(port);
  client.send("GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
  follower->end(cache::Stream::Broken);
  EXPECT_EQ(client.read_end(), End::Reset);
}

TEST_F(BodyWriting, ASourceThatEndsBeforeItsLengthResetsTheConnection) {
  follower->append("short");
  follower->end(cache::Stream::End);
  serve(cache::FollowBody{.follower = follower, .offset = 0, .length = 100});
  TestClient client(port);
  client.send("GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(client.read_end(), End::Reset);
}

TEST_F(BodyWriting, AFileShorterThanPromisedResetsTheConnection) {
  serve(cache::FileBody{.file = file_with("tiny"), .offset = 0, .length = 5});
  TestClient client(port);
  client.send("GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(client.read_end(), End::Reset);
}

TEST_F(BodyWriting, ABodyLongerThanItsLengthResetsTheConnection) {
  serve(bytes("more than five"), 5);
  TestClient client(port);
  client.send("GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(client.read_end(), End::Reset);
}

TEST_F(BodyWriting, ARelayIsPassedThrough) {
  serve(cache::RelayBody{std::make_shared<ScriptedRelay>(std::vector<std::string>{"ab", "cde"}, false)}, 5);
  TestClient client(port);
  EXPECT_EQ(client.get("/a").body, "abcde");
}

TEST_F(BodyWriting, ABrokenRelayResetsTheConnection) {
  serve(cache::RelayBody{std::make_shared<ScriptedRelay>(std::vector<std::string>{"ab"}, true)});
  TestClient client(port);
  client.send("GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(client.read_end(), End::Reset);
}

TEST_F(BodyWriting, PiecesOfEveryKindFollowOneAnother) {
  follower->append("followed");
  follower->end(cache::Stream::End);
  cache::PiecesBody body;
  body.pieces.emplace_back(bytes("--x\r\n"));
  body.pieces.emplace_back(cache::FileBody{.file = file_with("a file"), .offset = 2, .length = 4});
  body.pieces.emplace_back(bytes("\r\n"));
  body.pieces.emplace_back(cache::FollowBody{.follower = follower, .offset = 0, .length = 6});
  serve(std::move(body));
  TestClient client(port);
  const Answer answer = client.get("/a");
  EXPECT_EQ(answer.header("Content-Length"), "17");
  EXPECT_EQ(answer.body, "--x\r\nfile\r\nfollow");
}

TEST_F(BodyWriting, WithoutALengthAnOldClientIsResetRatherThanMisled) {
  serve(cache::RelayBody{std::make_shared<ScriptedRelay>(std::vector<std::string>{"ab"}, false)});
  TestClient client(port);
  client.send("GET /a HTTP/1.0\r\n\r\n");
  EXPECT_EQ(client.read_end(), End::Reset);
}

TEST_F(BodyWriting, AnEmptyBodyHasLengthZero) {
  serve(cache::EmptyBody{});
  TestClient client(port);
  EXPECT_EQ(client.get("/a").header("Content-Length"), "0");
  EXPECT_EQ(client.get("/a").status(), 200);
}

TEST_F(BodyWriting, AClientThatLeftIsNoticedWhileTheSourceIsSilent) {
  follower->append("x");
  serve(cache::FollowBody{.follower = follower, .offset = 0, .length = 100});
  {
    TestClient client(port);
    client.send("GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
  }
  EXPECT_FALSE(handler.wait_finished(1).at(0).complete);
}

}  // namespace
}  // namespace artifactapi::server
