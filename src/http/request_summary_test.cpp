// What check_request_head tells of heads that are good, and where heads end.
#include "http/request_head.h"

#include <gtest/gtest.h>

#include <string>

namespace artifactapi::http {
namespace {

HeadSummary summary_of(std::string_view raw) {
  const auto checked = check_request_head(raw, HeadLimits{});
  EXPECT_TRUE(checked) << checked.error().reason;
  return checked.value_or(HeadSummary{});
}

TEST(HeadSummary, HoldsWhatTheHotPathNeeds) {
  const std::string raw =
      "GET /api/r/a?b=c HTTP/1.1\r\nHost: h:8000\r\nAccept:  */* \r\naccept-ENCODING: "
      "gzip\r\nX-Forwarded-For: 1.2.3.4\r\n"
      "X-Forwarded-Host: pub\r\nX-Forwarded-Proto: https\r\nX-Request-Id: abc\r\nUser-Agent: t\r\n\r\n";
  const HeadSummary head = summary_of(raw);
  EXPECT_EQ(head.method, Method::Get);
  EXPECT_EQ(head.method_text, "GET");
  EXPECT_EQ(head.target, "/api/r/a?b=c");
  EXPECT_EQ(head.minor_version, 1);
  EXPECT_EQ(head.host, "h:8000");
  EXPECT_EQ(head.accept, "*/*");
  EXPECT_EQ(head.accept_encoding, "gzip");
  EXPECT_EQ(head.x_forwarded_for, "1.2.3.4");
  EXPECT_EQ(head.x_forwarded_host, "pub");
  EXPECT_EQ(head.x_forwarded_proto, "https");
  EXPECT_EQ(head.x_request_id, "abc");
  EXPECT_EQ(head.header_count, 8U);
  EXPECT_TRUE(head.keep_alive);
  EXPECT_TRUE(head.plain);
  EXPECT_EQ(head.body.kind, BodyFraming::Kind::None);
}

TEST(HeadSummary, IsPlainOnlyWhenNothingElseDecides) {
  const auto plain = [](const std::string& lines, const std::string& method = "GET") {
    return summary_of(method + " / HTTP/1.1\r\nHost: h\r\n" + lines + "\r\n").plain;
  };
  EXPECT_TRUE(plain(""));
  EXPECT_TRUE(plain("", "HEAD"));
  EXPECT_TRUE(plain("Cache-Control: no-cache\r\nCookie: a=b\r\nConnection: close\r\n"));
  EXPECT_FALSE(plain("", "POST"));
  EXPECT_FALSE(plain("", "get"));
  for (const std::string line :
       {"Range: bytes=0-1", "IF-MATCH: *", "If-None-Match: \"a\"", "If-Modified-Since: x",
        "If-Unmodified-Since: x", "If-Range: \"a\"", "Authorization: Basic x", "Expect: 100-continue",
        "Content-Length: 0", "Transfer-Encoding: chunked", "Accept: a\r\nAccept: b", "Accept:\r\nAccept: b",
        "Accept-Encoding: gzip\r\nAccept-Encoding: br", "X-Forwarded-Host: a\r\nX-Forwarded-Host: b"}) {
    EXPECT_FALSE(plain(line + "\r\n")) << line;
  }
}

TEST(HeadSummary, KnowsTheBodysFraming) {
  const auto body = [](const std::string& lines) {
    return summary_of("PUT / HTTP/1.1\r\nHost: h\r\n" + lines + "\r\n").body;
  };
  EXPECT_EQ(body("").kind, BodyFraming::Kind::None);
  EXPECT_EQ(body("Content-Length: 0\r\n").kind, BodyFraming::Kind::Length);
  EXPECT_EQ(body("content-length:\t 0042 \r\n").length, 42U);
  EXPECT_EQ(body("Content-Length: 18446744073709551615\r\n").length, 18446744073709551615U);
  EXPECT_EQ(body("Transfer-Encoding: Chunked\r\n").kind, BodyFraming::Kind::Chunked);
}

TEST(HeadSummary, KnowsWhetherTheConnectionStays) {
  const auto keeps = [](const std::string& version, const std::string& lines) {
    return summary_of("GET / HTTP/" + version + "\r\nHost: h\r\n" + lines + "\r\n").keep_alive;
  };
  EXPECT_TRUE(keeps("1.1", ""));
  EXPECT_FALSE(keeps("1.1", "Connection: Close\r\n"));
  EXPECT_FALSE(keeps("1.1", "Connection: keep-alive\r\nConnection: x, close\r\n"));
  EXPECT_FALSE(keeps("1.0", ""));
  EXPECT_TRUE(keeps("1.0", "Connection: Keep-Alive\r\n"));
  EXPECT_FALSE(keeps("1.0", "Connection: keep-alive, close\r\n"));
}

TEST(HeadSummary, IgnoresAnExpectationInHttp10) {
  EXPECT_FALSE(summary_of("GET / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n").has_expect);
  EXPECT_TRUE(summary_of("GET / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n\r\n").has_expect);
}

TEST(HeadSummary, CutsThePathOutOfAnAbsoluteForm) {
  EXPECT_EQ(summary_of("GET http://h:1/a?b HTTP/1.1\r\nHost: h:1\r\n\r\n").target, "/a?b");
  EXPECT_EQ(summary_of("GET http://h HTTP/1.1\r\nHost: h\r\n\r\n").target, "/");
}

TEST(ToRequest, CopiesEverything) {
  const std::string raw = "BREW http://h/a HTTP/1.0\r\nHost: h\r\nX:  a: b \r\nx:\r\n\r\n";
  const Request request = to_request(summary_of(raw), raw);
  EXPECT_EQ(request.method, Method::Other);
  EXPECT_EQ(request.method_text, "BREW");
  EXPECT_EQ(request.target, "/a");
  EXPECT_EQ(request.minor_version, 0);
  EXPECT_EQ(request.headers, (Headers{{"Host", "h"}, {"X", "a: b"}, {"x", ""}}));
  EXPECT_EQ(request.body, nullptr);
}

TEST(HeadEnd, IsFoundHoweverTheBytesArrive) {
  for (const std::string head :
       {"GET / HTTP/1.1\r\nHost: h\r\n\r\n", "A\r\n\r\n", "\r\n\r\n", "A\n\n", "A\r\n\n", "A\n\r\n"}) {
    const std::string stream = head + "NEXT\r\n\r\n";
    EXPECT_EQ(head_end(stream, 0), head.size());
    std::size_t seen = 0;
    for (std::size_t size = 1; size <= stream.size(); ++size) {
      const auto end = head_end(std::string_view(stream).substr(0, size), seen);
      ASSERT_EQ(end.has_value(), size >= head.size()) << head << size;
      if (!end) {
        seen = size;
        continue;
      }
      EXPECT_EQ(*end, head.size());
      break;
    }
  }
}

TEST(HeadEnd, IsNotFoundBeforeItIsThere) {
  for (const std::string_view text :
       {"", "GET / HTTP/1.1\r\nHost: h\r\n", "A\r\n\r", "A\r\r\r\r", "A\r\nB\r\n"}) {
    EXPECT_FALSE(head_end(text, 0)) << text;
  }
  EXPECT_FALSE(head_end("abc", 3));
  EXPECT_FALSE(head_end("abc", 99));
}

}  // namespace
}  // namespace artifactapi::http
