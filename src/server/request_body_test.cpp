#include "server/testing/server_fixture.h"

#include <gtest/gtest.h>

namespace artifactapi::server {
namespace {

using testing::Answer;
using testing::End;
using testing::short_limits;
using testing::TestClient;
using testing::text_response;

class RequestBody : public testing::ServerTest {
 protected:
  void echo() {
    handler.when("/echo", [](const auto& request, const auto&) {
      return text_response(200, request.body ? *request.body : "none");
    });
  }
};

TEST_F(RequestBody, OfKnownLengthReachesTheHandler) {
  echo();
  start();
  TestClient client(port);
  const std::string body(300'000, 'u');
  client.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 300000\r\n\r\n" + body);
  EXPECT_TRUE(client.read().body == body);
  client.send(
      "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nokPOST /echo HTTP/1.1\r\nHost: "
      "h\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(client.read().body, "ok");
  EXPECT_EQ(client.read().body, "");
}

TEST_F(RequestBody, InChunksReachesTheHandlerAndTheNextRequestIsFound) {
  echo();
  start();
  TestClient client(port);
  client.send(
      "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
      "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nf");
  EXPECT_EQ(client.read().body, "abcde");
  EXPECT_EQ(client.read().body, "f");
}

TEST_F(RequestBody, IsAskedForWhenTheClientWaitsForThat) {
  echo();
  start();
  TestClient client(port);
  client.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.read().status(), 100);
  client.send("ok");
  EXPECT_EQ(client.read().body, "ok");
}

TEST_F(RequestBody, OverTheLimitIsRefusedAndTheAnswerSeen) {
  echo();
  ServerLimits limits = short_limits();
  limits.body_bytes = 1000;
  start(limits);
  TestClient known(port);
  known.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\n\r\n" + std::string(1001, 'x'));
  const Answer answer = known.read();
  EXPECT_EQ(answer.status(), 413);
  EXPECT_EQ(answer.header("Connection"), "close");
  EXPECT_EQ(known.read_end(), End::Closed);
  TestClient chunked(port);
  chunked.send("POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" +
               std::string(1001, 'x'));
  EXPECT_EQ(chunked.read().status(), 413);
  EXPECT_EQ(handler.wait_finished(2).at(1).target, "/echo");
}

TEST_F(RequestBody, BeyondWhatAllMayTakeTogetherIsRefused) {
  echo();
  ServerLimits limits = short_limits();
  limits.bodies_bytes = 1000;
  start(limits);
  TestClient first(port);
  first.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 900\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(first.read().status(), 100);
  TestClient second(port);
  second.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 101\r\n\r\n" + std::string(101, 'x'));
  EXPECT_EQ(second.read().status(), 503);
  first.send(std::string(900, 'y'));
  EXPECT_EQ(first.read().body.size(), 900U);
  TestClient third(port);
  third.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 101\r\n\r\n" + std::string(101, 'x'));
  EXPECT_EQ(third.read().status(), 200);
}

TEST_F(RequestBody, MayBeLargerWhereTheHandlerTakesIt) {
  echo();
  handler.when("/usual", [](const auto&, const auto&) { return text_response(200, "taken"); });
  handler.when_large("/echo");
  ServerLimits limits = short_limits();
  limits.body_bytes = 1000;
  limits.large_body_bytes = 3'000'000;
  start(limits);
  const std::string body(2'500'000, 'l');
  TestClient known(port);
  known.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 2500000\r\n\r\n" + body);
  EXPECT_TRUE(known.read().body == body);
  TestClient chunked(port);
  chunked.send("POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2625a0\r\n" + body +
               "\r\n0\r\n\r\n");
  EXPECT_TRUE(chunked.read().body == body);
  for (const auto* head :
       {"POST /usual HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 3000001\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2dc6c1\r\n"}) {
    TestClient over(port);
    over.send(head);
    EXPECT_EQ(over.read().status(), 413) << head;
  }
}

TEST_F(RequestBody, ThatIsOnlyAnnouncedKeepsNobodyOut) {
  echo();
  handler.when_large("/echo");
  ServerLimits limits = short_limits();
  limits.bodies_bytes = 4'000'000;
  limits.large_body_bytes = 3'000'000;
  start(limits);
  std::vector<std::unique_ptr<TestClient>> waiting;
  for (int i = 0; i < 2; ++i) {
    waiting.push_back(std::make_unique<TestClient>(port));
    waiting.back()->send(
        "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 3000000\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_EQ(waiting.back()->read().status(), 100);
  }
  const std::string body(1'900'000, 'm');
  TestClient other(port);
  other.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1900000\r\n\r\n" + body);
  EXPECT_TRUE(other.read().body == body);
  // There is not enough for all of one beside the beginning of the other.
  waiting[0]->send(std::string(3'000'000, 'a'));
  EXPECT_EQ(waiting[0]->read().status(), 503);
  waiting[1]->send(std::string(3'000'000, 'b'));
  EXPECT_EQ(waiting[1]->read().body.size(), 3'000'000U);
}

TEST_F(RequestBody, WithBadChunksIsRefused) {
  echo();
  start();
  TestClient client(port);
  client.send(
      "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0x5\r\nabcde\r\n0\r\n\r\n");
  EXPECT_EQ(client.read().status(), 400);
  EXPECT_EQ(client.read_end(), End::Closed);
}

TEST_F(RequestBody, ThatComesTooSlowlyIsRefused) {
  echo();
  ServerLimits limits = short_limits();
  limits.body_timeout = Milliseconds(50);
  start(limits);
  TestClient client(port);
  client.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc");
  EXPECT_EQ(client.read().status(), 408);
  EXPECT_EQ(client.read_end(), End::Closed);
}

}  // namespace
}  // namespace artifactapi::server
