// What our own sockets do beyond what every carrier does (client_test.cpp, client_connection_test.cpp).
#include "transport/testing/client_fixture.h"
#include "transport/testing/scripted_server.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace artifactapi::transport {
namespace {

using testing::ClientFixture;
using testing::DeafListener;
using testing::Peer;
using testing::read_all;
using testing::ScriptedServer;

constexpr std::size_t kMiB = std::size_t{1} << 20;
constexpr std::size_t kFast = 24 * kMiB;  // far more than goes by before pieces are received ahead

// Announces `length` bytes and sends `sent` of them.
void answer_large(Peer& peer, std::size_t length, std::size_t sent) {
  peer.read_head();
  peer.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n");
  peer.send(std::string(sent, 'x'));
}

// After the head. Between two pieces time goes by, as while one is written, so that the next can come ahead;
// nothing but how much a test notices depends on it.
runtime::Task<std::size_t> read_at_least(Transfer& transfer, std::size_t bytes) {
  std::size_t taken = 0;
  boost::asio::steady_timer writing(co_await boost::asio::this_coro::executor);
  while (taken < bytes) {
    writing.expires_after(std::chrono::milliseconds(5));
    co_await writing.async_wait(runtime::kAsTuple);
    const auto piece = co_await transfer.next();
    if (!piece || piece->empty()) break;
    taken += piece->size();
  }
  co_return taken;
}

// What the server sends meanwhile is there when this is over.
runtime::Task<bool> wait_until(const std::atomic<bool>& sent) {
  boost::asio::steady_timer again(co_await boost::asio::this_coro::executor);
  while (!sent) {
    again.expires_after(std::chrono::milliseconds(1));
    co_await again.async_wait(runtime::kAsTuple);
  }
  co_return true;
}

void answer_each(Peer& peer) {
  while (!peer.read_head().empty()) peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
}

// Whether it said so before its head, after it, and after each piece of the body.
runtime::Task<std::vector<bool>> says_that_it_ended(Transfer& transfer) {
  std::vector<bool> said{transfer.ended()};
  (void)co_await transfer.head();
  said.push_back(transfer.ended());
  for (;;) {
    const auto piece = co_await transfer.next();
    if (!piece || piece->empty()) co_return said;
    said.push_back(transfer.ended());
  }
}

TEST(PlainExchange, SaysThatItEndedOnceAllWasGiven) {
  for (const auto& [body, expected] : {std::pair(std::string("ok"), std::vector<bool>{false, false, true}),
                                       std::pair(std::string(), std::vector<bool>{false, true})}) {
    ScriptedServer server([&](Peer& peer, int) {
      peer.read_head();
      peer.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    });
    ClientFixture fixture(PlainHttp::OwnSockets);
    const auto transfer = fixture.start(ClientFixture::request_to(server.port()));
    EXPECT_EQ(fixture.run(says_that_it_ended(*transfer)), expected);
  }
}

TEST(PlainExchange, DoesNotSayThatABodyEndedThatWasCut) {
  ScriptedServer server([](Peer& peer, int) { answer_large(peer, 10, 4); });
  ClientFixture fixture(PlainHttp::OwnSockets);
  const auto transfer = fixture.start(ClientFixture::request_to(server.port()));
  EXPECT_EQ(fixture.run(says_that_it_ended(*transfer)), (std::vector<bool>{false, false, false}));
  EXPECT_FALSE(transfer->ended());
}

// What next_at_once() gives before the head, after it, and when that was taken.
runtime::Task<std::vector<std::optional<std::string>>> given_at_once(Transfer& transfer) {
  std::vector<std::optional<std::string>> given{transfer.next_at_once()};
  (void)co_await transfer.head();
  given.push_back(transfer.next_at_once());
  given.push_back(transfer.next_at_once());
  co_return given;
}

TEST(PlainExchange, GivesAtOnceWhatCameWithTheHead) {
  for (const auto* framing :
       {"Content-Length: 2\r\n\r\nok", "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"}) {
    ScriptedServer server([&](Peer& peer, int) {
      while (!peer.read_head().empty()) peer.send(std::string("HTTP/1.1 200 OK\r\n") + framing);
    });
    ClientFixture fixture(PlainHttp::OwnSockets);
    for (int request = 0; request < 2; ++request) {
      const auto transfer = fixture.start(ClientFixture::request_to(server.port()));
      EXPECT_EQ(fixture.run(given_at_once(*transfer)),
                (std::vector<std::optional<std::string>>{std::nullopt, "ok", std::nullopt}));
      EXPECT_TRUE(transfer->ended());
    }
    EXPECT_EQ(server.connections(), 1) << "it is kept";
  }
}

TEST(PlainExchange, ACutIsToldByNextAfterWhatWasGivenAtOnce) {
  ScriptedServer server([](Peer& peer, int) {
    peer.read_head();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nok");
  });
  ClientFixture fixture(PlainHttp::OwnSockets);
  const auto transfer = fixture.start(ClientFixture::request_to(server.port()));
  EXPECT_EQ(fixture.run(given_at_once(*transfer))[1], "ok");
  const auto rest = fixture.run(transfer->next());
  ASSERT_FALSE(rest);
  EXPECT_EQ(rest.error().code, Code::Cut);
}

// The time for connecting is shorter than the kernel's own for the first address, which therefore cannot fail
// by itself, and far longer than the quarter of a second it is given alone.
TEST(PlainExchange, DoesNotWaitForAnAddressThatSaysNothing) {
  const DeafListener deaf;
  ScriptedServer server([](Peer& peer, int) { answer_each(peer); }, nullptr, "127.0.0.2", deaf.port());
  ClientFixture fixture(PlainHttp::OwnSockets);
  auto request = ClientFixture::request_to(deaf.port());
  request.connect_timeout = std::chrono::seconds(30);
  request.addresses.push_back(boost::asio::ip::make_address("127.0.0.2"));
  const auto reply = fixture.fetch(request);
  EXPECT_TRUE(reply.whole()) << reply.why();
}

TEST(PlainExchange, NamesTheAddressThatRefused) {
  std::uint16_t port = 0;
  {
    ScriptedServer server([](Peer&, int) {});
    port = server.port();
  }
  ClientFixture fixture(PlainHttp::OwnSockets);
  const auto reply = fixture.fetch(ClientFixture::request_to(port));
  EXPECT_TRUE(reply.broken_by(Code::Unreachable));
  EXPECT_NE(reply.why().find("connecting: 127.0.0.1 port " + std::to_string(port) + ": "), std::string::npos)
      << reply.why();
}

TEST(PlainExchange, DialsOnlyPublicAddressesWhereItMust) {
  ScriptedServer server([](Peer& peer, int) { answer_each(peer); });
  ClientFixture fixture(PlainHttp::OwnSockets);
  auto request = ClientFixture::request_to(server.port());
  request.reach = Reach::PublicOnly;
  request.addresses.push_back(boost::asio::ip::make_address("10.0.0.1"));
  const auto reply = fixture.fetch(request);
  EXPECT_TRUE(reply.broken_by(Code::Unreachable)) << reply.why();
  EXPECT_EQ(server.connections(), 0);
}

// A name that leads elsewhere now is not served over a connection to where it led before.
TEST(PlainExchange, AKeptConnectionToAnAddressOfBeforeIsNotUsed) {
  ScriptedServer before([](Peer& peer, int) { answer_each(peer); });
  ScriptedServer now([](Peer& peer, int) { answer_each(peer); }, nullptr, "127.0.0.2", before.port());
  ClientFixture fixture(PlainHttp::OwnSockets);
  auto request = ClientFixture::request_to(before.port());
  ASSERT_TRUE(fixture.fetch(request).whole());
  request.addresses = {boost::asio::ip::make_address("127.0.0.2")};
  ASSERT_TRUE(fixture.fetch(request).whole());
  EXPECT_EQ(now.connections(), 1);
}

TEST(PlainExchange, KeepsNoMoreConnectionsThanItMay) {
  constexpr int kAtOnce = 12;  // more than the fixture keeps
  ScriptedServer server([](Peer& peer, int) { answer_each(peer); });
  ClientFixture fixture(PlainHttp::OwnSockets);
  for (int round = 0; round < 2; ++round) {
    std::vector<std::unique_ptr<Transfer>> transfers;
    for (int at = 0; at < kAtOnce; ++at)
      transfers.push_back(fixture.start(ClientFixture::request_to(server.port())));
    for (const auto& transfer : transfers) ASSERT_TRUE(fixture.run(read_all(*transfer)).whole());
  }
  const auto kept = static_cast<int>(ClientFixture::kKeptConnections) / 2;
  EXPECT_EQ(server.connections(), kAtOnce + kAtOnce - kept);
}

// Of a peer that is faster than we are a piece is received ahead, and waking up for less than half of one is
// not worth it: unless somebody waits.
TEST(PlainExchange, TheLastBytesOfAFastBodyAreNotHeldBack) {
  std::promise<void> taken;
  ScriptedServer server([&](Peer& peer, int) {
    answer_large(peer, kFast + 1, kFast);
    taken.get_future().wait();
    peer.send("y");
  });
  ClientFixture fixture(PlainHttp::OwnSockets);
  auto request = ClientFixture::request_to(server.port());
  request.idle_timeout = std::chrono::seconds(20);
  const auto transfer = fixture.start(request);
  EXPECT_TRUE(fixture.run(transfer->head()).has_value());
  EXPECT_EQ(fixture.run(read_at_least(*transfer, kFast)), kFast);
  taken.set_value();
  const auto last = fixture.run(transfer->next());
  ASSERT_TRUE(last.has_value()) << last.error().message;
  EXPECT_EQ(*last, "y");
}

TEST(PlainExchange, AShortAnswerAfterAFastBodyIsNotHeldBack) {
  ScriptedServer server([](Peer& peer, int) {
    answer_large(peer, kFast, kFast);
    answer_each(peer);
  });
  ClientFixture fixture(PlainHttp::OwnSockets);
  auto request = ClientFixture::request_to(server.port());
  request.first_byte_timeout = std::chrono::seconds(20);
  const auto transfer = fixture.start(request);
  EXPECT_TRUE(fixture.run(transfer->head()).has_value());
  EXPECT_EQ(fixture.run(read_at_least(*transfer, kFast)), kFast);
  const auto reply = fixture.fetch(request);
  EXPECT_TRUE(reply.whole()) << reply.why();
  EXPECT_EQ(server.connections(), 1);
}

// Readers wait for it: it is not held back until there is more.
TEST(PlainExchange, WhatCameWithTheHeadOfALargeBodyIsAPieceOfItsOwn) {
  std::atomic<bool> sent{false};
  ScriptedServer server([&](Peer& peer, int) {
    peer.read_head();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + std::string(32'000, 'x'));
    sent = true;
    peer.send(std::string(968'000, 'x'));
  });
  ClientFixture fixture(PlainHttp::OwnSockets);
  const auto transfer = fixture.start(ClientFixture::request_to(server.port()));
  fixture.run(wait_until(sent));
  EXPECT_TRUE(fixture.run(transfer->head()).has_value());
  const auto first = fixture.run(transfer->next());
  ASSERT_TRUE(first.has_value()) << first.error().message;
  EXPECT_GT(first->size(), 0U);
  EXPECT_LT(first->size(), 16U * 1024);
  EXPECT_EQ(fixture.run(read_at_least(*transfer, 1'000'000)), 1'000'000 - first->size());
}

// Those that could have been larger.
TEST(PlainExchange, PiecesEndWhereRunsOfPagesOfAFileDo) {
  ScriptedServer server([](Peer& peer, int) { answer_large(peer, kFast, kFast); });
  ClientFixture fixture(PlainHttp::OwnSockets);
  const auto transfer = fixture.start(ClientFixture::request_to(server.port()));
  EXPECT_TRUE(fixture.run(transfer->head()).has_value());
  int at_a_run = 0;
  for (std::size_t taken = 0; taken < kFast;) {
    const auto more = fixture.run(read_at_least(*transfer, 1));
    ASSERT_GT(more, 0U);
    taken += more;
    if (taken < kFast && taken % (128 * 1024) == 0) ++at_a_run;
  }
  EXPECT_GT(at_a_run, 1);
}

TEST(PlainExchange, ACutLosesNothingThatCameAhead) {
  ScriptedServer server([](Peer& peer, int) { answer_large(peer, kFast, 20 * kMiB); });
  ClientFixture fixture(PlainHttp::OwnSockets);
  const auto transfer = fixture.start(ClientFixture::request_to(server.port()));
  EXPECT_TRUE(fixture.run(transfer->head()).has_value());
  EXPECT_EQ(fixture.run(read_at_least(*transfer, kFast)), 20 * kMiB);
  const auto more = fixture.run(transfer->next());
  ASSERT_FALSE(more.has_value());
  EXPECT_EQ(more.error().code, Code::Cut);
}

TEST(PlainExchange, MayEndWhileAPieceComesAhead) {
  ScriptedServer server([](Peer& peer, int connection) {
    if (connection > 0) return answer_each(peer);
    answer_large(peer, kFast, kFast);
  });
  ClientFixture fixture(PlainHttp::OwnSockets);
  auto transfer = fixture.start(ClientFixture::request_to(server.port()));
  EXPECT_TRUE(fixture.run(transfer->head()).has_value());
  EXPECT_GE(fixture.run(read_at_least(*transfer, 12 * kMiB)), 12 * kMiB);
  EXPECT_TRUE(fixture.fetch(ClientFixture::request_to(server.port())).whole());
  transfer->cancel();
  const auto piece = fixture.run(transfer->next());
  ASSERT_FALSE(piece.has_value());
  EXPECT_EQ(piece.error().code, Code::Cancelled);
  transfer.reset();
  EXPECT_TRUE(fixture.fetch(ClientFixture::request_to(server.port())).whole());
}

}  // namespace
}  // namespace artifactapi::transport
