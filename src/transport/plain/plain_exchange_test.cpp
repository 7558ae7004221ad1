// What our own sockets do beyond what every carrier does (client_test.cpp, client_connection_test.cpp).
#include "transport/testing/client_fixture.h"
#include "transport/testing/scripted_server.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace artifactapi::transport {
namespace {

using testing::ClientFixture;
using testing::DeafListener;
using testing::Peer;
using testing::read_all;
using testing::ScriptedServer;

void answer_each(Peer& peer) {
  while (!peer.read_head().empty()) peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
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

}  // namespace
}  // namespace artifactapi::transport
