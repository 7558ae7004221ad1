// What a transfer makes of a peer's bytes.
#include "transport/testing/client_fixture.h"
#include "transport/testing/scripted_server.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

namespace artifactapi::transport {
namespace {

using testing::ClientFixture;
using testing::Peer;
using testing::Reply;
using testing::ScriptedServer;
using testing::TestCertificate;

class TransferOver : public ::testing::TestWithParam<PlainHttp> {
 protected:
  // The reply to one GET (or HEAD) that a peer answers with these bytes and then ends the connection.
  static Reply answered_with(const std::string& bytes, std::string method = "GET") {
    ScriptedServer server([&](Peer& peer, int) {
      peer.read_head();
      peer.send(bytes);
      peer.end();
    });
    ClientFixture fixture(GetParam());
    return fixture.fetch(ClientFixture::request_to(server.port(), std::move(method)));
  }
};

INSTANTIATE_TEST_SUITE_P(Carrier, TransferOver, ::testing::Values(PlainHttp::OwnSockets, PlainHttp::Libcurl),
                         testing::name_of);

TEST_P(TransferOver, ReadsABodyOfAnnouncedLength) {
  const auto reply = answered_with("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-One: 1\r\n\r\nhello");
  ASSERT_TRUE(reply.whole()) << reply.why();
  EXPECT_EQ(reply.body, "hello");
  EXPECT_EQ(reply.head->status, 200);
  EXPECT_EQ(reply.head->length, 5U);
  EXPECT_TRUE(reply.head->framed);
  EXPECT_EQ(reply.head->headers.get("x-one"), "1");
}

TEST_P(TransferOver, ReadsAChunkedBodyAndIgnoresTrailers) {
  const auto reply = answered_with(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nX-Late: "
      "1\r\n\r\n");
  ASSERT_TRUE(reply.whole()) << reply.why();
  EXPECT_EQ(reply.body, "hello world");
  EXPECT_FALSE(reply.head->length);
  EXPECT_TRUE(reply.head->framed);
  EXPECT_FALSE(reply.head->headers.has("X-Late"));
}

TEST_P(TransferOver, ReadsABodyEndedByCloseAndSaysSo) {
  const auto reply = answered_with("HTTP/1.1 200 OK\r\n\r\nhello");
  ASSERT_TRUE(reply.whole()) << reply.why();
  EXPECT_EQ(reply.body, "hello");
  EXPECT_FALSE(reply.head->framed);
}

TEST_P(TransferOver, LeavesCodingsAlone) {
  const auto reply =
      answered_with("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc");
  ASSERT_TRUE(reply.whole()) << reply.why();
  EXPECT_EQ(reply.body, "abc");
}

TEST_P(TransferOver, DoesNotFollowRedirects) {
  const auto reply = answered_with("HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n");
  ASSERT_TRUE(reply.whole()) << reply.why();
  EXPECT_EQ(reply.head->status, 302);
}

TEST_P(TransferOver, SkipsInterimResponses) {
  const auto reply = answered_with(
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 "
      "OK\r\nContent-Length: "
      "2\r\n\r\nok");
  ASSERT_TRUE(reply.whole()) << reply.why();
  EXPECT_EQ(reply.head->status, 200);
  EXPECT_FALSE(reply.head->headers.has("Link"));
  EXPECT_EQ(reply.body, "ok");
}

TEST_P(TransferOver, HeadNoContentAndNotModifiedHaveNoBody) {
  const auto head = answered_with("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "HEAD");
  ASSERT_TRUE(head.whole()) << head.why();
  EXPECT_EQ(head.head->length, 5U);
  EXPECT_EQ(head.body, "");
  for (const char* status : {"204 No Content", "304 Not Modified"}) {
    const auto reply = answered_with(std::string("HTTP/1.1 ") + status + "\r\nETag: \"x\"\r\n\r\n");
    ASSERT_TRUE(reply.whole()) << reply.why();
    EXPECT_TRUE(reply.head->framed);
    EXPECT_EQ(reply.body, "");
  }
  EXPECT_TRUE(answered_with("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n").whole());
}

TEST_P(TransferOver, ACutBodyIsNeverAnEnd) {
  for (const char* bytes :
       {"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello", "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n"}) {
    const auto reply = answered_with(bytes);
    ASSERT_TRUE(reply.head) << bytes;
    EXPECT_TRUE(reply.broken_by(Code::Cut)) << bytes << reply.why();
  }
}

TEST_P(TransferOver, AResetIsACut) {
  for (const char* head :
       {"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello", "HTTP/1.1 200 OK\r\n\r\nhello"}) {
    ScriptedServer server([&](Peer& peer, int) {
      peer.read_head();
      peer.send(head);
      peer.reset();
    });
    ClientFixture fixture(GetParam());
    const auto reply = fixture.fetch(ClientFixture::request_to(server.port()));
    EXPECT_TRUE(reply.broken_by(Code::Cut)) << reply.why();
  }
}

TEST_P(TransferOver, NoHeadAtAllIsACut) {
  for (const char* bytes : {"", "HTTP/1.1 200 OK\r\nContent-", "HTTP/1.1 100 Continue\r\n\r\n"}) {
    const auto reply = answered_with(bytes);
    EXPECT_FALSE(reply.head);
    EXPECT_TRUE(reply.broken_by(Code::Cut)) << bytes << reply.why();
    EXPECT_FALSE(reply.died_before_answer);
  }
}

TEST_P(TransferOver, AMalformedChunkIsABadPeer) {
  for (const char* body : {"xyz\r\nhello\r\n0\r\n\r\n", "5\r\nhelloXX\r\n0\r\n\r\n",
                           "ffffffffffffffffff\r\nhello", "-5\r\nhello\r\n0\r\n\r\n"}) {
    const auto reply =
        answered_with(std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n") + body);
    EXPECT_TRUE(reply.broken_by(Code::BadPeer)) << body << reply.why();
  }
}

TEST_P(TransferOver, RefusesHeadsThatHttpDoesNotAllow) {
  const std::string flood = [] {
    std::string text;
    for (int i = 0; i < 20; ++i) text += "HTTP/1.1 100 Continue\r\n\r\n";
    return text + "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  }();
  const std::string many = [] {
    std::string text = "HTTP/1.1 200 OK\r\n";
    for (int i = 0; i < 300; ++i) text += "X: y\r\n";
    return text + "Content-Length: 0\r\n\r\n";
  }();
  const std::string large =
      "HTTP/1.1 200 OK\r\nX: " + std::string(80'000, 'x') + "\r\nContent-Length: 0\r\n\r\n";
  const std::string with_nul =
      std::string("HTTP/1.1 200 OK\r\nX: a") + '\0' + "b\r\nContent-Length: 0\r\n\r\n";
  for (const std::string& bytes :
       {std::string("garbage\r\n\r\n"), std::string("HTTP/2 200\r\nContent-Length: 0\r\n\r\n"),
        std::string("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
        std::string(
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n"),
        std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nab"),
        std::string("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\nab"),
        std::string("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nab"),
        std::string("HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 0\r\n\r\n"),
        std::string("HTTP/1.1 200 OK\r\nX : a\r\nContent-Length: 0\r\n\r\n"),
        std::string("HTTP/1.1 200 OK\r\nX: a\rb\r\nContent-Length: 0\r\n\r\n"),
        std::string("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"), with_nul, flood, many,
        large}) {
    const auto reply = answered_with(bytes);
    EXPECT_FALSE(reply.head) << bytes.substr(0, 100);
    EXPECT_TRUE(reply.broken_by(Code::BadPeer)) << bytes.substr(0, 100) << reply.why();
  }
}

TEST_P(TransferOver, ConnectionRefusedAndNoAddressAreUnreachable) {
  std::uint16_t port = 0;
  {
    ScriptedServer server([](Peer&, int) {});
    port = server.port();
  }
  ClientFixture fixture(GetParam());
  const auto refused = fixture.fetch(ClientFixture::request_to(port));
  EXPECT_TRUE(refused.broken_by(Code::Unreachable)) << refused.why();

  auto nowhere = ClientFixture::request_to(port);
  nowhere.addresses.clear();
  EXPECT_TRUE(fixture.fetch(nowhere).broken_by(Code::Unreachable));
}

TEST_P(TransferOver, SendsOnlyWhatItWasGiven) {
  std::string seen;
  std::string seen_body;
  ScriptedServer server([&](Peer& peer, int) {
    seen = peer.read_head();
    seen_body = peer.read(5);
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    peer.wait_closed();
  });
  {
    ClientFixture fixture(GetParam());
    auto request = ClientFixture::request_to(server.port(), "POST");
    request.url.path = "/a/../b//%2F+";
    request.url.query = "x=%20y";
    request.url.has_query = true;
    request.headers = {{"X-Empty", ""}, {"X-One", "1"}, {"Host", "evil.test"}};
    request.basic = BasicCredentials{"user", Secret("pass")};
    request.body = std::make_shared<const std::string>("12345");
    ASSERT_TRUE(fixture.fetch(request).whole());
  }
  const std::string host = "upstream.test:" + std::to_string(server.port());
  EXPECT_EQ(seen,
            "POST /a/../b//%2F+?x=%20y HTTP/1.1\r\nHost: " + host +
                "\r\nAuthorization: Basic dXNlcjpwYXNz\r\nX-Empty:\r\nX-One: 1\r\nContent-Length: 5\r\n\r\n");
  EXPECT_EQ(seen_body, "12345");
}

// More than sockets hold: it cannot be sent at once.
TEST_P(TransferOver, SendsALargeBodyWhole) {
  const auto body = std::make_shared<const std::string>(std::size_t{24} << 20, 'x');
  std::string seen;
  ScriptedServer server([&](Peer& peer, int) {
    peer.read_head();
    seen = peer.read(body->size());
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    peer.wait_closed();
  });
  Reply reply;
  {
    ClientFixture fixture(GetParam());
    auto request = ClientFixture::request_to(server.port(), "POST");
    request.body = body;
    reply = fixture.fetch(request);
  }
  EXPECT_TRUE(reply.whole()) << reply.why();
  EXPECT_TRUE(seen == *body);
}

// Chunks of every size up to a page, none of them where a piece of ours ends.
TEST_P(TransferOver, ReadsALargeChunkedBody) {
  std::string body;
  std::string chunked;
  for (std::size_t size = 1; size <= 4096; ++size) {
    const std::string chunk(size, static_cast<char>('a' + size % 26));
    chunked += fmt::format("{:x}\r\n{}\r\n", size, chunk);
    body += chunk;
  }
  const auto reply =
      answered_with("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked + "0\r\n\r\n");
  ASSERT_TRUE(reply.whole()) << reply.why();
  EXPECT_TRUE(reply.body == body);
  EXPECT_LE(reply.largest_piece, std::size_t{1} << 20);
}

TEST(TransferBeyondPlainHttp, AsksAProxyForTheWholeUrl) {
  std::string seen;
  ScriptedServer server([&](Peer& peer, int) {
    seen = peer.read_head();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    peer.wait_closed();
  });
  {
    ClientFixture fixture(PlainHttp::OwnSockets);
    auto request = ClientFixture::request_to(80);
    request.addresses.clear();
    request.reach = Reach::PublicOnly;  // the proxy is the operator's choice
    request.proxy = Secret("http://127.0.0.1:" + std::to_string(server.port()));
    const auto reply = fixture.fetch(request);
    ASSERT_TRUE(reply.whole()) << reply.why();
  }
  EXPECT_TRUE(seen.starts_with("GET http://upstream.test/file HTTP/1.1\r\n")) << seen;
}

TEST(TransferBeyondPlainHttp, TlsIsVerified) {
  const TestCertificate certificate;
  ScriptedServer server(
      [&](Peer& peer, int) {
        peer.read_head();
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        peer.wait_closed();
      },
      &certificate);
  ClientFixture fixture(PlainHttp::OwnSockets);
  auto request = ClientFixture::request_to(server.port());
  request.url.scheme = "https";
  request.url.host = "tls.test";
  const auto unknown_root = fixture.fetch(request);
  EXPECT_TRUE(unknown_root.broken_by(Code::Unreachable)) << unknown_root.why();

  request.ca_file = certificate.file();
  const auto reply = fixture.fetch(request);
  EXPECT_TRUE(reply.whole()) << reply.why();
  EXPECT_EQ(reply.body, "ok");

  request.url.host = "other.test";
  const auto other_name = fixture.fetch(request);
  EXPECT_TRUE(other_name.broken_by(Code::Unreachable)) << other_name.why();
}

TEST(TransferBeyondPlainHttp, OverTlsOnlyACloseNotifyEndsAnUnframedBody) {
  const TestCertificate certificate;
  for (const bool notify : {true, false}) {
    ScriptedServer server(
        [&](Peer& peer, int) {
          peer.read_head();
          peer.send("HTTP/1.1 200 OK\r\n\r\nhello");
          if (notify) {
            peer.end();
          } else {
            peer.end_without_notify();
          }
        },
        &certificate);
    ClientFixture fixture(PlainHttp::OwnSockets);
    auto request = ClientFixture::request_to(server.port());
    request.url.scheme = "https";
    request.url.host = "tls.test";
    request.ca_file = certificate.file();
    const auto reply = fixture.fetch(request);
    ASSERT_TRUE(reply.head) << reply.why();
    EXPECT_FALSE(reply.head->framed);
    EXPECT_EQ(reply.whole(), notify) << reply.why();
    EXPECT_EQ(reply.broken_by(Code::Cut), !notify) << reply.why();
  }
}

}  // namespace
}  // namespace artifactapi::transport
