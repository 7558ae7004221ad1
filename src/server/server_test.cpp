#include "server/server.h"

#include "server/testing/server_fixture.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace artifactapi::server {
namespace {

using testing::Answer;
using testing::End;
using testing::ready_file;
using testing::ready_text;
using testing::ServerTest;
using testing::short_limits;
using testing::TestClient;
using testing::text_response;

TEST_F(ServerTest, AnswersSeveralRequestsOnOneConnection) {
  handler.when("/a", [](const auto&, const auto&) { return text_response(200, "first"); });
  start();
  TestClient client(port);
  for (int i = 0; i < 3; ++i) {
    const Answer answer = client.get("/a");
    EXPECT_EQ(answer.status(), 200);
    EXPECT_EQ(answer.body, "first");
    EXPECT_EQ(answer.header("Content-Length"), "5");
    EXPECT_EQ(answer.header("Connection"), "");
    EXPECT_EQ(answer.header("Server"), "artifactapi");
    EXPECT_EQ(answer.header("Date").size(), 29U);
  }
  EXPECT_EQ(server->counts().connections, 1U);
}

TEST_F(ServerTest, AnswersPipelinedRequestsInOrder) {
  handler.when_hot("/hot", ready_text("from memory", clock.now()));
  handler.when("/a", [](const auto&, const auto&) { return text_response(200, "general"); });
  start();
  TestClient client(port);
  client.send(
      "GET /a HTTP/1.1\r\nHost: h\r\n\r\nGET /hot HTTP/1.1\r\nHost: h\r\n\r\nGET /hot HTTP/1.1\r\nHost: "
      "h\r\n\r\n"
      "GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(client.read().body, "general");
  EXPECT_EQ(client.read().body, "from memory");
  EXPECT_EQ(client.read().body, "from memory");
  EXPECT_EQ(client.read().body, "general");
}

TEST_F(ServerTest, AHeadMayComeByteByByte) {
  handler.when_hot("/hot", ready_text("kept", clock.now()));
  start();
  TestClient client(port);
  for (const char c : std::string_view("GET /hot HTTP/1.1\r\nHost: h\r\n\r\n")) client.send({&c, 1});
  EXPECT_EQ(client.read().body, "kept");
}

TEST_F(ServerTest, AHeadLongerThanTheFirstBufferIsRead) {
  handler.when("/a", [](const auto& request, const auto&) {
    return text_response(200, std::to_string(request.headers.get("X-Long")->size()));
  });
  start();
  TestClient client(port);
  EXPECT_EQ(client.get("/a", "X-Long: " + std::string(20'000, 'x') + "\r\n").body, "20000");
  EXPECT_EQ(client.get("/a", "X-Long: y\r\n").body, "1");
}

TEST_F(ServerTest, AHotAnswerCarriesAgeAndTheClientsRequestId) {
  handler.when_hot("/hot", ready_text("kept", clock.now() - Seconds(7)));
  start();
  TestClient client(port);
  const Answer answer = client.get("/hot", "X-Request-Id: abc-1.2_3\r\n");
  EXPECT_EQ(answer.body, "kept");
  EXPECT_EQ(answer.header("X-Artifact-Source"), "cache");
  EXPECT_EQ(answer.header("X-Request-Id"), "abc-1.2_3");
  EXPECT_GE(std::stoi(answer.header("Age")), 7);
  const auto finished = handler.wait_finished(1);
  EXPECT_EQ(finished.at(0).outcome, cache::Outcome::Hit);
  EXPECT_EQ(finished.at(0).body_bytes, 4U);
  EXPECT_TRUE(finished.at(0).complete);
}

TEST_F(ServerTest, AnUnusableRequestIdIsReplaced) {
  handler.when_hot("/hot", ready_text("kept", clock.now()));
  start();
  TestClient client(port);
  const std::string first = client.get("/hot", "X-Request-Id: a b\r\n").header("X-Request-Id");
  const std::string second =
      client.get("/hot", "X-Request-Id: " + std::string(65, 'x') + "\r\n").header("X-Request-Id");
  EXPECT_EQ(first.size(), 17U);
  EXPECT_EQ(second.size(), 17U);
  EXPECT_NE(first, second);
}

TEST_F(ServerTest, ALargeHotBodyArrivesWhole) {
  const std::string body(24 * 1024 * 1024, 'b');
  handler.when_hot("/memory", ready_text(body, clock.now()));
  const auto on_disk = ready_file(body, clock.now());
  handler.when_hot("/file", on_disk);
  start();
  TestClient client(port);
  EXPECT_TRUE(client.get("/memory").body == body);
  EXPECT_TRUE(client.get("/file").body == body);
  EXPECT_TRUE(client.get("/memory").body == body);
  EXPECT_EQ(handler.wait_finished(3).at(1).body_bytes, body.size());
  EXPECT_EQ(on_disk->whole_sent_at, 0) << "too large to be taken to be in memory";
}

// The server's end of the only connection there is to `port`, found among this process's descriptors; -1:
// none.
int accepted_from(std::uint16_t port) {
  for (int descriptor = 3; descriptor < 1024; ++descriptor) {
    sockaddr_in own{};
    sockaddr_in peer{};
    socklen_t own_size = sizeof own;
    socklen_t peer_size = sizeof peer;
    if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&own), &own_size) != 0) continue;
    if (own.sin_family != AF_INET || ntohs(own.sin_port) != port) continue;
    if (::getpeername(descriptor, reinterpret_cast<sockaddr*>(&peer), &peer_size) == 0) return descriptor;
  }
  return -1;
}

template <class Condition>
bool comes_true(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (std::chrono::steady_clock::now() < deadline) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return false;
}

bool delays(int socket) {
  int no_delay = 1;
  socklen_t size = sizeof no_delay;
  EXPECT_EQ(::getsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &no_delay, &size), 0);
  return no_delay == 0;
}

TEST_F(ServerTest, ALargeHotFileFillsItsSegmentsAndNothingElseHasToWaitForThem) {
  const std::string body(24 * 1024 * 1024, 'b');
  handler.when_hot("/file", ready_file(body, clock.now()));
  start();
  TestClient client(port, 64 * 1024);
  client.send("GET /file HTTP/1.1\r\nHost: h\r\n\r\n");
  int socket = -1;
  ASSERT_TRUE(comes_true([&] { return (socket = accepted_from(port)) >= 0; }));
  EXPECT_TRUE(comes_true([&] { return delays(socket); }));
  EXPECT_TRUE(client.read().body == body);
  EXPECT_TRUE(comes_true([&] { return !delays(socket); }));
}

// The second time in quick succession it is taken to be in memory, and its first bytes leave with the head.
TEST_F(ServerTest, AFileIsTheSameHoweverOftenItIsSent) {
  const std::string fits(64 * 1024, 'f');
  const std::string does_not(1024 * 1024, 'n');
  const auto fitting = ready_file(fits, clock.now());
  handler.when_hot("/fits", fitting);
  handler.when_hot("/does-not", ready_file(does_not, clock.now()));
  start();
  TestClient client(port);
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(client.get("/fits").body == fits) << i;
    EXPECT_TRUE(client.get("/does-not").body == does_not) << i;
  }
  for (const auto& finished : handler.wait_finished(10)) {
    EXPECT_TRUE(finished.complete);
    EXPECT_EQ(finished.body_bytes, finished.target == "/fits" ? fits.size() : does_not.size());
  }
  EXPECT_NE(fitting->whole_sent_at, 0);
}

TEST_F(ServerTest, AFileThatShrankSinceItWasSentBreaksTheConnectionAndIsGivenUp) {
  const std::string body(64 * 1024, 'f');
  const auto on_disk = ready_file(body, clock.now());
  handler.when_hot("/file", on_disk);
  start();
  TestClient first(port);
  EXPECT_TRUE(first.get("/file").body == body);
  ASSERT_EQ(::ftruncate(on_disk->file->descriptor(), 1000), 0);
  TestClient second(port);
  second.send("GET /file HTTP/1.1\r\nHost: h\r\n\r\n");
  End end{};
  EXPECT_LT(second.read_all(end).size(), body.size());
  EXPECT_EQ(end, End::Reset);
  EXPECT_FALSE(handler.wait_finished(2).at(1).complete);
  EXPECT_TRUE(on_disk->file->spoilt());
}

TEST_F(ServerTest, HeadHasTheLengthButNoBody) {
  handler.when_hot("/hot", ready_text("kept", clock.now()));
  handler.when("/a", [](const auto&, const auto&) {
    auto response = text_response(200, "");
    response.content_length = 123456;
    return response;
  });
  handler.when("/b", [](const auto&, const auto&) {
    auto response = text_response(200, "as for a GET");
    response.content_length = 12;
    return response;
  });
  start();
  TestClient client(port);
  for (const auto& [target, length] :
       {std::pair{"/hot", "4"}, std::pair{"/a", "123456"}, std::pair{"/b", "12"}}) {
    client.send("HEAD " + std::string(target) + " HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(client.read(true).header("Content-Length"), length);
  }
  EXPECT_EQ(client.get("/hot").body, "kept");
}

TEST_F(ServerTest, NotModifiedKeepsItsLengthAndNoContentHasNone) {
  handler.when("/same", [](const auto&, const auto&) {
    auto response = text_response(304, "");
    response.content_length = 10;
    return response;
  });
  handler.when("/none", [](const auto&, const auto&) { return text_response(204, ""); });
  start();
  TestClient client(port);
  EXPECT_EQ(client.get("/same").header("Content-Length"), "10");
  const Answer none = client.get("/none");
  EXPECT_EQ(none.header("Content-Length"), "");
  EXPECT_EQ(none.header("Transfer-Encoding"), "");
}

TEST_F(ServerTest, Http10IsClosedUnlessItAsksToStay) {
  handler.when_hot("/hot", ready_text("kept", clock.now()));
  start();
  TestClient staying(port);
  staying.send("GET /hot HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(staying.read().header("Connection"), "keep-alive");
  staying.send("GET /hot HTTP/1.0\r\n\r\n");
  EXPECT_EQ(staying.read().header("Connection"), "close");
  EXPECT_EQ(staying.read_end(), End::Closed);
}

TEST_F(ServerTest, ARequestAfterTheClosingOneDoesNotCostTheAnswer) {
  handler.when_hot("/hot", ready_text("kept", clock.now()));
  start();
  TestClient client(port);
  client.send(
      "GET /hot HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\nGET /hot HTTP/1.1\r\nHost: h\r\n\r\n");
  End end = End::Open;
  const std::string all = client.read_all(end);
  EXPECT_EQ(all.find("HTTP/1.1 200 OK"), all.rfind("HTTP/1.1 200 OK"));
  EXPECT_TRUE(all.ends_with("kept"));
}

TEST_F(ServerTest, ABadHeadIsRefusedAndTheConnectionClosed) {
  start();
  TestClient client(port);
  client.send("GET /a HTTP/1.1\r\nHost: h\r\nBad Name: x\r\n\r\nGET /a HTTP/1.1\r\nHost: h\r\n\r\n");
  const Answer answer = client.read();
  EXPECT_EQ(answer.status(), 400);
  EXPECT_EQ(answer.header("Connection"), "close");
  EXPECT_EQ(client.read_end(), End::Closed);
  EXPECT_EQ(handler.wait_finished(1).at(0).status, 400);
  EXPECT_EQ(server->counts().refused_requests, 1U);
}

TEST_F(ServerTest, TheBeginningOfTlsIsRefusedWithoutWaitingForAHead) {
  start();
  TestClient client(port);
  client.send(std::string("\x16\x03\x01\x02", 4));
  EXPECT_EQ(client.read().status(), 400);
  EXPECT_EQ(client.read_end(), End::Closed);
}

TEST_F(ServerTest, AHeadOverTheLimitIsRefused) {
  start();
  TestClient client(port);
  client.send("GET /a HTTP/1.1\r\nHost: h\r\nX: " + std::string(200'000, 'x'));
  EXPECT_EQ(client.read().status(), 431);
  EXPECT_EQ(client.read_end(), End::Closed);
}

TEST_F(ServerTest, AConnectionOverTheLimitWaitsForAnotherToEnd) {
  handler.when_hot("/hot", ready_text("kept", clock.now()));
  ServerLimits limits = short_limits();
  limits.max_connections = 1;
  start(limits);
  auto first = std::make_unique<TestClient>(port);
  EXPECT_EQ(first->get("/hot").body, "kept");
  TestClient second(port);
  second.send("GET /hot HTTP/1.1\r\nHost: h\r\n\r\n");
  while (server->counts().accept_backoffs == 0) std::this_thread::yield();
  EXPECT_EQ(server->counts().open_connections, 1U);
  first.reset();
  EXPECT_EQ(second.read().body, "kept");
}

TEST_F(ServerTest, AFewConnectionsAreSpreadOverTheLoops) {
  std::array<std::atomic<int>, 2> served{};
  handler.when("/a", [&served](const auto&, const auto&) {
    ++served.at(runtime::Loop::current()->index());
    return text_response(200, "");
  });
  start();
  std::vector<std::unique_ptr<TestClient>> clients;
  for (int i = 0; i < 8; ++i) {
    clients.push_back(std::make_unique<TestClient>(port));
    EXPECT_EQ(clients.back()->get("/a").status(), 200);
  }
  EXPECT_EQ(served[0], 4);
  EXPECT_EQ(served[1], 4);
  EXPECT_EQ(server->counts().open_connections, 8U);
}

TEST_F(ServerTest, AnAddressInUseIsAnErrorThatNamesIt) {
  start();
  const int plain = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(plain, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(plain, 1), 0);
  socklen_t size = sizeof address;
  ::getsockname(plain, reinterpret_cast<sockaddr*>(&address), &size);
  Server other(loops, handler, pool, log, clock, short_limits());
  const auto bound = other.listen("127.0.0.1", ntohs(address.sin_port));
  ::close(plain);
  ASSERT_FALSE(bound.has_value());
  EXPECT_NE(bound.error().message.find("127.0.0.1 port"), std::string::npos);
}

}  // namespace
}  // namespace artifactapi::server
