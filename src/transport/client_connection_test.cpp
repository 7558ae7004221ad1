// Which connections transfers share, how long they wait, and how they are given up.
#include "transport/testing/client_fixture.h"
#include "transport/testing/scripted_server.h"

#include <boost/asio/detached.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <string>

namespace artifactapi::transport {
namespace {

using testing::ClientFixture;
using testing::Peer;
using testing::read_all;
using testing::Reply;
using testing::ScriptedServer;

constexpr const char* kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
constexpr Milliseconds kShort{50};

void answer_each(Peer& peer, const std::string& bytes) {
  while (!peer.read_head().empty()) peer.send(bytes);
}

class AbortOver : public ::testing::TestWithParam<PlainHttp> {};
class BackpressureOver : public ::testing::TestWithParam<PlainHttp> {};
class ConnectionOver : public ::testing::TestWithParam<PlainHttp> {};
class TimeoutOver : public ::testing::TestWithParam<PlainHttp> {};

INSTANTIATE_TEST_SUITE_P(Carrier, AbortOver, ::testing::Values(PlainHttp::OwnSockets, PlainHttp::Libcurl),
                         testing::name_of);
INSTANTIATE_TEST_SUITE_P(Carrier, BackpressureOver,
                         ::testing::Values(PlainHttp::OwnSockets, PlainHttp::Libcurl), testing::name_of);
INSTANTIATE_TEST_SUITE_P(Carrier, ConnectionOver,
                         ::testing::Values(PlainHttp::OwnSockets, PlainHttp::Libcurl), testing::name_of);
INSTANTIATE_TEST_SUITE_P(Carrier, TimeoutOver, ::testing::Values(PlainHttp::OwnSockets, PlainHttp::Libcurl),
                         testing::name_of);

TEST_P(ConnectionOver, IsUsedAgain) {
  ScriptedServer server([](Peer& peer, int) { answer_each(peer, kOk); });
  ClientFixture fixture(GetParam());
  const auto request = ClientFixture::request_to(server.port());
  EXPECT_FALSE(fixture.fetch(request).head->reused_connection);
  EXPECT_TRUE(fixture.fetch(request).head->reused_connection);
  EXPECT_EQ(server.connections(), 1);
}

TEST_P(ConnectionOver, OfOneReachIsNotUsedUnderTheOther) {
  ScriptedServer server([](Peer& peer, int) { answer_each(peer, kOk); });
  ClientFixture fixture(GetParam());
  auto request = ClientFixture::request_to(server.port());
  ASSERT_TRUE(fixture.fetch(request).whole());
  request.reach = Reach::PublicOnly;
  const auto refused = fixture.fetch(request);
  EXPECT_TRUE(refused.broken_by(Code::Unreachable)) << refused.why();
  EXPECT_NE(refused.why().find("127.0.0.1"), std::string::npos) << refused.why();
  EXPECT_EQ(server.connections(), 1);
}

TEST_P(ConnectionOver, ToALiteralPrivateAddressIsRefused) {
  ScriptedServer server([](Peer& peer, int) { answer_each(peer, kOk); });
  ClientFixture fixture(GetParam());
  for (const char* host : {"127.0.0.1", "::ffff:127.0.0.1", "::1", "2130706433", "127.1"}) {
    auto request = ClientFixture::request_to(server.port());
    request.url.host = host;
    request.reach = Reach::PublicOnly;
    const auto reply = fixture.fetch(request);
    EXPECT_TRUE(reply.broken_by(Code::Unreachable)) << host << reply.why();
  }
  EXPECT_EQ(server.connections(), 0);
}

TEST_P(ConnectionOver, GoesToTheAddressesOfTheLatestRequest) {
  const auto script = [](const char* name) {
    return [name](Peer& peer, int) {
      peer.read_head();
      peer.send(std::string("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\n") + name);
      peer.end();
    };
  };
  ScriptedServer a(script("a"));
  ScriptedServer b(script("b"), nullptr, "127.0.0.2", a.port());
  ClientFixture fixture(GetParam());
  auto request = ClientFixture::request_to(a.port());
  EXPECT_EQ(fixture.fetch(request).body, "a");
  request.addresses = {boost::asio::ip::make_address("127.0.0.2")};
  EXPECT_EQ(fixture.fetch(request).body, "b");
}

TEST_P(ConnectionOver, TriesTheNextAddress) {
  ScriptedServer server([](Peer& peer, int) { answer_each(peer, kOk); }, nullptr, "127.0.0.2");
  ClientFixture fixture(GetParam());
  auto request = ClientFixture::request_to(server.port());
  request.addresses.push_back(boost::asio::ip::make_address("127.0.0.2"));
  const auto reply = fixture.fetch(request);
  EXPECT_TRUE(reply.whole()) << reply.why();
}

TEST_P(ConnectionOver, WithMoreBytesThanAnnouncedIsNotUsedAgain) {
  ScriptedServer server([](Peer& peer, int) {
    answer_each(peer, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n");
  });
  ClientFixture fixture(GetParam());
  for (int i = 0; i < 3; ++i) {
    const auto reply = fixture.fetch(ClientFixture::request_to(server.port()));
    ASSERT_TRUE(reply.whole()) << reply.why();
    EXPECT_EQ(reply.body, "ok");
    EXPECT_FALSE(reply.head->reused_connection);
  }
}

// The rest comes after the answer was taken, so that only the next use of the connection can see it.
TEST_P(ConnectionOver, WithBytesNobodyAskedForIsNotUsedAgain) {
  std::promise<void> answered;
  std::promise<void> more_sent;
  ScriptedServer server([&](Peer& peer, int number) {
    if (number > 0) return answer_each(peer, kOk);
    peer.read_head();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n");
    answered.get_future().wait();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad");
    more_sent.set_value();
    peer.wait_closed();
  });
  ClientFixture fixture(GetParam());
  ASSERT_TRUE(fixture.fetch(ClientFixture::request_to(server.port(), "HEAD")).whole());
  answered.set_value();
  more_sent.get_future().wait();
  auto second = fixture.fetch(ClientFixture::request_to(server.port()));
  if (second.died_before_answer) second = fixture.fetch(ClientFixture::request_to(server.port()));
  ASSERT_TRUE(second.whole()) << second.why();
  EXPECT_EQ(second.body, "ok");
  EXPECT_EQ(server.connections(), 2);
}

// One answer, then the next request is read and the connection closed without a byte.
TEST_P(ConnectionOver, ThatDiedWhileKeptCostsNoRequest) {
  ScriptedServer server([](Peer& peer, int number) {
    peer.read_head();
    peer.send(kOk);
    peer.read_head();
    if (number == 0) return peer.end();
    peer.send(kOk);
    peer.wait_closed();
  });
  ClientFixture fixture(GetParam());
  const auto request = ClientFixture::request_to(server.port());
  ASSERT_TRUE(fixture.fetch(request).whole());
  auto second = fixture.fetch(request);
  if (second.died_before_answer) second = fixture.fetch(request);
  EXPECT_TRUE(second.whole()) << second.why();
  EXPECT_EQ(server.connections(), 2);
}

TEST_P(ConnectionOver, ThatFailedAfterSomeBytesDidNotDieBeforeAnswer) {
  ScriptedServer server([](Peer& peer, int) {
    peer.read_head();
    peer.send(kOk);
    peer.read_head();
    peer.send("HTTP/1.1 200 OK\r\nCont");
    peer.end();
  });
  ClientFixture fixture(GetParam());
  const auto request = ClientFixture::request_to(server.port());
  ASSERT_TRUE(fixture.fetch(request).whole());
  const auto second = fixture.fetch(request);
  EXPECT_TRUE(second.broken_by(Code::Cut)) << second.why();
  EXPECT_FALSE(second.died_before_answer);
}

TEST_P(ConnectionOver, ABadHeadEndsIt) {
  ScriptedServer server(
      [](Peer& peer, int) { answer_each(peer, "HTTP/1.1 200 OK\r\nX : y\r\nContent-Length: 0\r\n\r\n"); });
  ClientFixture fixture(GetParam());
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(fixture.fetch(ClientFixture::request_to(server.port())).broken_by(Code::BadPeer));
  }
  EXPECT_EQ(server.connections(), 2);
}

TEST_P(ConnectionOver, IsUsedAgainOnlyWhereThePeerKeepsIt) {
  for (const auto& [head, connections] : {std::pair{"HTTP/1.1 200 OK\r\nConnection: close\r\n", 2},
                                          {"HTTP/1.0 200 OK\r\n", 2},
                                          {"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n", 1}}) {
    ScriptedServer server(
        [&](Peer& peer, int) { answer_each(peer, head + std::string("Content-Length: 2\r\n\r\nok")); });
    ClientFixture fixture(GetParam());
    const auto request = ClientFixture::request_to(server.port());
    ASSERT_TRUE(fixture.fetch(request).whole());
    ASSERT_TRUE(fixture.fetch(request).whole());
    EXPECT_EQ(server.connections(), connections) << head;
  }
}

TEST_P(ConnectionOver, OfAPostIsANewOne) {
  ScriptedServer server([](Peer& peer, int) { answer_each(peer, kOk); });
  ClientFixture fixture(GetParam());
  ASSERT_TRUE(fixture.fetch(ClientFixture::request_to(server.port())).whole());
  ASSERT_TRUE(fixture.fetch(ClientFixture::request_to(server.port(), "POST")).whole());
  EXPECT_EQ(server.connections(), 2);
}

// A body of which only the beginning was wanted may still be on its way.
TEST_P(ConnectionOver, WithABodyNobodyReadIsNotUsedAgain) {
  ScriptedServer server([](Peer& peer, int) { answer_each(peer, kOk); });
  ClientFixture fixture(GetParam());
  {
    const auto transfer = fixture.start(ClientFixture::request_to(server.port()));
    ASSERT_TRUE(fixture.run(transfer->head()));
  }
  const auto second = fixture.fetch(ClientFixture::request_to(server.port()));
  ASSERT_TRUE(second.whole()) << second.why();
  EXPECT_EQ(second.body, "ok");
}

TEST_P(BackpressureOver, APeerIsHeldBackWhileNobodyReads) {
  const std::string body(std::size_t{48} << 20, 'x');
  std::promise<std::size_t> stalled_at;
  ScriptedServer server([&](Peer& peer, int) {
    peer.read_head();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n");
    const auto sent = peer.send_until_stalled(body, 200);
    stalled_at.set_value(sent);
    peer.send(std::string_view(body).substr(sent));
    peer.wait_closed();
  });
  ClientFixture fixture(GetParam());
  const auto transfer = fixture.start(ClientFixture::request_to(server.port()));
  auto stall = stalled_at.get_future();
  while (stall.wait_for(Milliseconds(0)) != std::future_status::ready) {
    fixture.loop.context().restart();
    fixture.loop.context().run_one_for(kShort);
  }
  EXPECT_LT(stall.get(), body.size() / 2);  // a MiB of ours, the rest in the sockets' buffers
  const auto reply = fixture.run(read_all(*transfer));
  ASSERT_TRUE(reply.whole()) << reply.why();
  EXPECT_EQ(reply.body.size(), body.size());
  EXPECT_EQ(reply.body, body);
  EXPECT_LE(reply.largest_piece, std::size_t{1} << 20);
}

TEST_P(BackpressureOver, ATransferThatPausesAtItsLastBytesStillEnds) {
  // A little more than is read before anybody asks, and no more than sockets hold: the server need not wait.
  const std::string body((std::size_t{64} << 10) + 10'000, 'x');
  std::promise<void> all_sent;
  ScriptedServer server([&](Peer& peer, int) {
    peer.read_head();
    peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + [&] {
      char size[16];
      snprintf(size, sizeof size, "%zx\r\n", body.size());
      return std::string(size);
    }());
    peer.send(body);
    peer.send("\r\n0\r\n\r\n");
    all_sent.set_value();
    peer.wait_closed();
  });
  ClientFixture fixture(GetParam());
  const auto transfer = fixture.start(ClientFixture::request_to(server.port()));
  auto sent = all_sent.get_future();
  while (sent.wait_for(Milliseconds(0)) != std::future_status::ready) {
    fixture.loop.context().restart();
    fixture.loop.context().run_one_for(kShort);
  }
  fixture.loop.context().restart();
  fixture.loop.context().run_for(kShort);
  const auto reply = fixture.run(read_all(*transfer));
  ASSERT_TRUE(reply.whole()) << reply.why();
  EXPECT_EQ(reply.body, body);
}

TEST_P(TimeoutOver, OfTheFirstByte) {
  ScriptedServer server([](Peer& peer, int) { peer.wait_closed(); });
  ClientFixture fixture(GetParam());
  auto request = ClientFixture::request_to(server.port());
  request.first_byte_timeout = kShort;
  const auto reply = fixture.fetch(request);
  EXPECT_FALSE(reply.head);
  EXPECT_TRUE(reply.broken_by(Code::Timeout)) << reply.why();
}

TEST_P(TimeoutOver, OfABodyThatStandsStill) {
  ScriptedServer server([](Peer& peer, int) {
    peer.read_head();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nsome");
    peer.wait_closed();
  });
  ClientFixture fixture(GetParam());
  auto request = ClientFixture::request_to(server.port());
  request.idle_timeout = kShort;
  const auto reply = fixture.fetch(request);
  ASSERT_TRUE(reply.head);
  EXPECT_EQ(reply.body, "some");
  EXPECT_TRUE(reply.broken_by(Code::Timeout)) << reply.why();
}

TEST_P(TimeoutOver, OfAHandshake) {
  // Accepts TCP but never answers TLS: connecting includes the handshake.
  ScriptedServer server([](Peer& peer, int) { peer.wait_closed(); });
  ClientFixture fixture(GetParam());
  auto request = ClientFixture::request_to(server.port());
  request.url.scheme = "https";
  request.connect_timeout = kShort;
  const auto reply = fixture.fetch(request);
  EXPECT_TRUE(reply.broken_by(Code::Timeout)) << reply.why();
}

TEST_P(TimeoutOver, OfAnAddressThatSaysNothing) {
  const testing::DeafListener deaf;
  ClientFixture fixture(GetParam());
  auto request = ClientFixture::request_to(deaf.port());
  request.connect_timeout = kShort;
  const auto reply = fixture.fetch(request);
  EXPECT_TRUE(reply.broken_by(Code::Timeout)) << reply.why();
}

TEST_P(AbortOver, AtOnceAfterTheHeadAndWithinTheBody) {
  std::atomic<int> closed{0};
  ScriptedServer server([&](Peer& peer, int) {
    peer.read_head();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome");
    peer.wait_closed();
    ++closed;
  });
  ClientFixture fixture(GetParam());
  const auto request = ClientFixture::request_to(server.port());
  fixture.start(request).reset();
  {
    const auto transfer = fixture.start(request);
    ASSERT_TRUE(fixture.run(transfer->head()));
  }
  {
    const auto transfer = fixture.start(request);
    ASSERT_TRUE(fixture.run(transfer->head()));
    const auto piece = fixture.run(transfer->next());
    ASSERT_TRUE(piece);
    EXPECT_EQ(*piece, "some");
  }
  while (closed < 2) std::this_thread::yield();
}

runtime::Task<> hold(std::unique_ptr<Transfer> transfer, bool& waiting) {
  waiting = true;
  const auto head = co_await transfer->head();
  if (head) static_cast<void>(co_await transfer->next());
  ADD_FAILURE() << "went on after the loop had stopped";
}

TEST_P(AbortOver, WithTheLoopWhileACoroutineWaits) {
  ScriptedServer server([&](Peer& peer, int number) {
    peer.read_head();
    if (number == 1) peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n");
    peer.wait_closed();
  });
  ClientFixture fixture(GetParam());
  bool waiting[2] = {false, false};
  for (bool& one : waiting) {
    auto transfer = fixture.start(ClientFixture::request_to(server.port()));
    boost::asio::co_spawn(fixture.loop.context(), hold(std::move(transfer), one), boost::asio::detached);
  }
  while (server.connections() < 2 || !waiting[0] || !waiting[1]) fixture.loop.context().run_one_for(kShort);
}

TEST_P(AbortOver, CancelAllEndsWaitingAndLaterTransfers) {
  ScriptedServer server([&](Peer& peer, int) { peer.wait_closed(); });
  ClientFixture fixture(GetParam());
  const auto transfer = fixture.start(ClientFixture::request_to(server.port()));
  fixture.loop.post([&] { fixture.client->cancel_all(); });
  const auto reply = fixture.run(read_all(*transfer));
  EXPECT_TRUE(reply.broken_by(Code::Cancelled)) << reply.why();
  EXPECT_TRUE(fixture.fetch(ClientFixture::request_to(server.port())).broken_by(Code::Cancelled));
}

TEST_P(AbortOver, ATransferMayOutliveItsClient) {
  ScriptedServer server([](Peer& peer, int) { answer_each(peer, kOk); });
  ClientFixture fixture(GetParam());
  const auto transfer = fixture.start(ClientFixture::request_to(server.port()));
  fixture.client.reset();
  EXPECT_TRUE(fixture.run(read_all(*transfer)).whole());
}

}  // namespace
}  // namespace artifactapi::transport
