#include "server/testing/server_fixture.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <future>

namespace artifactapi::server {
namespace {

using testing::Answer;
using testing::End;
using testing::ready_text;
using testing::ScriptedFollower;
using testing::short_limits;
using testing::TestClient;

class Drain : public testing::ServerTest {
 protected:
  std::future<bool> drained(std::chrono::milliseconds within) {
    return boost::asio::co_spawn(loops.at(0).context(),
                                 server->drained(std::chrono::steady_clock::now() + within),
                                 boost::asio::use_future);
  }
};

TEST_F(Drain, ClosesIdleConnectionsAndRefusesNewOnes) {
  handler.when_hot("/hot", ready_text("kept", clock.now()));
  start();
  TestClient client(port);
  EXPECT_EQ(client.get("/hot").body, "kept");
  server->begin_drain();
  EXPECT_EQ(client.read_end(), End::Closed);
  EXPECT_TRUE(drained(Seconds(5)).get());
  EXPECT_ANY_THROW(TestClient{port});
}

TEST_F(Drain, LetsAnAnswerUnderWayFinish) {
  auto follower = std::make_shared<ScriptedFollower>(loops);
  follower->append("first ");
  handler.when("/a", [follower](const auto&, const auto&) {
    api::Response response;
    response.body = cache::FollowBody{.follower = follower, .offset = 0, .length = 10};
    return response;
  });
  start();
  TestClient client(port);
  client.send("GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(client.read(true).header("Connection"), "");  // it has promised to stay
  server->begin_drain();
  EXPECT_FALSE(drained(Milliseconds(50)).get());
  follower->append("last");
  follower->end(cache::Stream::End);
  End end = End::Open;
  EXPECT_EQ(client.read_all(end), "first last");
  EXPECT_EQ(end, End::Closed);
  EXPECT_TRUE(drained(Seconds(5)).get());
}

TEST_F(Drain, AnswersNewConnectionsDuringTheDelayAndClosesThem) {
  handler.when_hot("/hot", ready_text("kept", clock.now()));
  ServerLimits limits = short_limits();
  limits.drain_delay = Seconds(60);
  start(limits);
  server->begin_drain();
  TestClient client(port);
  const Answer answer = client.get("/hot");
  EXPECT_EQ(answer.body, "kept");
  EXPECT_EQ(answer.header("Connection"), "close");
  EXPECT_EQ(client.read_end(), End::Closed);
}

TEST_F(Drain, ConnectionsThatCameJustBeforeAreAnswered) {
  handler.when_hot("/hot", ready_text("kept", clock.now()));
  start();
  std::vector<std::unique_ptr<TestClient>> clients;
  for (int i = 0; i < 32; ++i) {
    clients.push_back(std::make_unique<TestClient>(port));
    clients.back()->send("GET /hot HTTP/1.1\r\nHost: h\r\n\r\n");
  }
  server->begin_drain();
  for (auto& client : clients) {
    EXPECT_EQ(client->read().body, "kept");
    EXPECT_EQ(client->read_end(), End::Closed);
  }
  EXPECT_TRUE(drained(Seconds(5)).get());
}

TEST_F(Drain, StopResetsWhatIsUnderWay) {
  auto follower = std::make_shared<ScriptedFollower>(loops);
  follower->append("first ");
  handler.when("/a", [follower](const auto&, const auto&) {
    api::Response response;
    response.body = cache::FollowBody{.follower = follower, .offset = 0, .length = 10};
    return response;
  });
  start();
  TestClient client(port);
  client.send("GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(client.read(true).status(), 200);
  server->stop();
  EXPECT_EQ(client.read_end(), End::Reset);
  follower->end(cache::Stream::Broken);
}

}  // namespace
}  // namespace artifactapi::server
