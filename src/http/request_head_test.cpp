#include "http/request_head.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace artifactapi::http {
namespace {

using std::string_literals::operator""s;

int status_of(std::string_view raw, const HeadLimits& limits = {}) {
  const auto checked = check_request_head(raw, limits);
  return checked ? 200 : checked.error().status;
}

// A GET with a Host and these further lines, each ended by CRLF.
std::string with_lines(const std::string& lines) {
  return "GET /p HTTP/1.1\r\nHost: h\r\n" + lines + "\r\n";
}
std::string with_target(const std::string& target) {
  return "GET " + target + " HTTP/1.1\r\nHost: h\r\n\r\n";
}

struct Case {
  std::string name;
  std::string raw;
  std::vector<int> expected;
};

void expect_all(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    const int status = status_of(c.raw);
    EXPECT_NE(std::find(c.expected.begin(), c.expected.end(), status), c.expected.end())
        << c.name << ": " << status;
  }
}

TEST(CheckRequestHead, RefusesOddHosts) {
  expect_all({
      {"no Host", "GET / HTTP/1.1\r\n\r\n", {400}},
      {"empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", {400}},
      {"blank Host", "GET / HTTP/1.1\r\nHost: \t \r\n\r\n", {400}},
      {"two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", {400}},
      {"the same Host twice", "GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n", {400}},
      {"two Hosts in 1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", {400}},
      {"path and user in Host", "GET / HTTP/1.1\r\nHost: h/x@y\r\n\r\n", {400}},
      {"user in Host", "GET / HTTP/1.1\r\nHost: u@h\r\n\r\n", {400}},
      {"two values in Host", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", {400}},
      {"port too large", "GET / HTTP/1.1\r\nHost: h:65536\r\n\r\n", {400}},
      {"no Host in 1.0", "GET / HTTP/1.0\r\n\r\n", {200}},
      {"empty Host in 1.0", "GET / HTTP/1.0\r\nHost:\r\n\r\n", {400}},
      {"name and port", "GET / HTTP/1.1\r\nHost: h.example:8000\r\n\r\n", {200}},
      {"IPv6", "GET / HTTP/1.1\r\nHost: [::1]:8000\r\n\r\n", {200}},
  });
}

TEST(CheckRequestHead, RefusesUnclearFraming) {
  expect_all({
      {"length and coding", with_lines("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n"), {400}},
      {"coding and length", with_lines("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n"), {400}},
      {"two lengths", with_lines("Content-Length: 4\r\nContent-Length: 5\r\n"), {400}},
      {"two equal lengths", with_lines("Content-Length: 4\r\nContent-Length: 4\r\n"), {400}},
      {"list of lengths", with_lines("Content-Length: 4, 4\r\n"), {400}},
      {"+4", with_lines("Content-Length: +4\r\n"), {400}},
      {"-4", with_lines("Content-Length: -4\r\n"), {400}},
      {"0x4", with_lines("Content-Length: 0x4\r\n"), {400}},
      {"4 4", with_lines("Content-Length: 4 4\r\n"), {400}},
      {"empty length", with_lines("Content-Length:\r\n"), {400}},
      {"2^64", with_lines("Content-Length: 18446744073709551616\r\n"), {400}},
      {"2^64+4", with_lines("Content-Length: 18446744073709551620\r\n"), {400}},
      {"2^68+4", with_lines("Content-Length: 295147905179352825860\r\n"), {400}},
      {"xchunked", with_lines("Transfer-Encoding: xchunked\r\n"), {400, 501}},
      {"chunked, identity", with_lines("Transfer-Encoding: chunked, identity\r\n"), {400}},
      {"gzip, chunked", with_lines("Transfer-Encoding: gzip, chunked\r\n"), {400, 501}},
      {"x,chunked", with_lines("Transfer-Encoding: x,chunked\r\n"), {400, 501}},
      {"identity", with_lines("Transfer-Encoding: identity\r\n"), {400, 501}},
      {"chunked twice", with_lines("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), {400}},
      {"chunked, chunked", with_lines("Transfer-Encoding: chunked, chunked\r\n"), {400}},
      {"chunked;x", with_lines("Transfer-Encoding: chunked;x=1\r\n"), {400, 501}},
      {"quoted", with_lines("Transfer-Encoding: \"chunked\"\r\n"), {400, 501}},
      {"empty coding", with_lines("Transfer-Encoding:\r\n"), {400}},
      {"VT before chunked", with_lines("Transfer-Encoding: \vchunked\r\n"), {400}},
      {"coding in 1.0", "POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n", {400}},
  });
}

TEST(CheckRequestHead, RefusesOddLines) {
  expect_all({
      {"space before colon", with_lines("Content-Length : 4\r\n"), {400}},
      {"tab before colon", with_lines("X\t: 4\r\n"), {400}},
      {"no colon", with_lines("Nonsense\r\n"), {400}},
      {"no name", with_lines(": x\r\n"), {400}},
      {"odd name", with_lines("X(y): x\r\n"), {400}},
      {"non-ASCII name", with_lines("X\xC3\xA9: x\r\n"), {400}},
      {"NUL in name", with_lines("X\0: x\r\n"s), {400}},
      {"NUL in value", with_lines("X: a\0b\r\n"s), {400}},
      {"bare CR in value", with_lines("X: a\rb\r\n"), {400}},
      {"CR before CRLF", with_lines("X: a\r\r\n"), {400}},
      {"DEL in value", with_lines("X: a\x7F\r\n"), {400}},
      {"escape in value", with_lines("X: \x1B[2J\r\n"), {400}},
      {"folded with space", with_lines("X: a\r\n b\r\n"), {400}},
      {"folded with tab", with_lines("X: a\r\n\tb\r\n"), {400}},
      {"folded first line", "GET / HTTP/1.1\r\n Host: h\r\n\r\n", {400}},
      {"bare LF everywhere", "GET / HTTP/1.1\nHost: h\n\n", {400}},
      {"bare LF after request line", "GET / HTTP/1.1\nHost: h\r\n\r\n", {400}},
      {"bare LF between lines", with_lines("X: a\nY: b\r\n"), {400}},
      {"bare LF at the end", "GET / HTTP/1.1\r\nHost: h\r\n\n", {400}},
      {"leading empty line", "\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", {400}},
      {"no end", "GET / HTTP/1.1\r\nHost: h\r\n", {400}},
      {"nothing", "", {400}},
      {"bytes after the head", with_lines("") + "x", {400}},
      {"obs-text and tab in value", with_lines("X: a\t\xC3\xA9\r\n"), {200}},
      {"empty value", with_lines("X:\r\n"), {200}},
  });
}

TEST(CheckRequestHead, RefusesOddRequestLines) {
  expect_all({
      {"1.9", "GET / HTTP/1.9\r\nHost: h\r\n\r\n", {505}},
      {"2.0", "GET / HTTP/2.0\r\nHost: h\r\n\r\n", {505}},
      {"0.9", "GET / HTTP/0.9\r\nHost: h\r\n\r\n", {505}},
      {"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\n", {505}},
      {"1.10", "GET / HTTP/1.10\r\nHost: h\r\n\r\n", {400}},
      {"1", "GET / HTTP/1\r\nHost: h\r\n\r\n", {400}},
      {"lower case", "GET / http/1.1\r\nHost: h\r\n\r\n", {400}},
      {"no version", "GET /\r\nHost: h\r\n\r\n", {400}},
      {"trailing space", "GET / HTTP/1.1 \r\nHost: h\r\n\r\n", {400}},
      {"two spaces", "GET  / HTTP/1.1\r\nHost: h\r\n\r\n", {400}},
      {"tab", "GET\t/\tHTTP/1.1\r\nHost: h\r\n\r\n", {400}},
      {"leading space", " GET / HTTP/1.1\r\nHost: h\r\n\r\n", {400}},
      {"odd method", "G(T / HTTP/1.1\r\nHost: h\r\n\r\n", {400}},
      {"long method", std::string(33, 'G') + " / HTTP/1.1\r\nHost: h\r\n\r\n", {400}},
      {"unknown method", "BREW / HTTP/1.1\r\nHost: h\r\n\r\n", {200}},
      {"CONNECT", "CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n", {405}},
  });
}

TEST(CheckRequestHead, RefusesOddTargets) {
  expect_all({
      {"space", with_target("/a b"), {400}},
      {"NUL", with_target("/a\0b"s), {400}},
      {"tab", with_target("/a\tb"), {400}},
      {"DEL", with_target("/a\x7F"), {400}},
      {"non-ASCII", with_target("/\xC3\xA9"), {400}},
      {"fragment", with_target("/a#frag"), {400}},
      {"no slash", with_target("a"), {400}},
      {"asterisk", with_target("*"), {400}},
      {"asterisk with OPTIONS", "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", {200}},
      {"asterisk and more", "OPTIONS *x HTTP/1.1\r\nHost: h\r\n\r\n", {400}},
      {"query only", with_target("?a"), {400}},
      {"absolute, same authority", with_target("http://H/a"), {200}},
      {"absolute, https", with_target("HTTPS://h/a"), {200}},
      {"absolute, other authority", with_target("http://other/a"), {400}},
      {"absolute, other port", with_target("http://h:80/a"), {400}},
      {"absolute with user", with_target("http://u@h/a"), {400}},
      {"absolute without authority", with_target("http:///a"), {400}},
      {"absolute with query only", with_target("http://h?a"), {400}},
      {"other scheme", with_target("ftp://h/a"), {400}},
      {"no scheme", with_target("://h/a"), {400}},
      {"absolute in 1.0 without Host", "GET http://h/a HTTP/1.0\r\n\r\n", {400}},
      {"scoped npm name", with_target("/@s%2fp"), {200}},
  });
}

TEST(CheckRequestHead, RefusesExpectationsItDoesNotKnow) {
  expect_all({
      {"200-ok", with_lines("Expect: 200-ok\r\n"), {417}},
      {"two expectations", with_lines("Expect: 100-continue, x\r\n"), {417}},
      {"empty", with_lines("Expect:\r\n"), {417}},
      {"100-Continue", with_lines("Expect: 100-Continue\r\n"), {200}},
  });
}

TEST(CheckRequestHead, HasLimits) {
  const HeadLimits limits{.head_bytes = 200, .target_bytes = 20, .header_count = 3};
  EXPECT_EQ(status_of(with_target("/" + std::string(19, 'a')), limits), 200);
  EXPECT_EQ(status_of(with_target("/" + std::string(20, 'a')), limits), 414);
  EXPECT_EQ(status_of(with_lines("A: 1\r\nB: 2\r\n"), limits), 200);
  EXPECT_EQ(status_of(with_lines("A: 1\r\nB: 2\r\nC: 3\r\n"), limits), 431);
  EXPECT_EQ(status_of(with_lines("A: " + std::string(180, 'a') + "\r\n"), limits), 431);
  EXPECT_EQ(status_of(with_lines("A: " + std::string(64 * 1024, 'a') + "\r\n")), 431);
  std::string many;
  for (int i = 0; i < 300; ++i) many += "X: 1\r\n";
  EXPECT_EQ(status_of(with_lines(many)), 431);
  const std::string whole = with_lines("A: 1\r\n");
  EXPECT_EQ(status_of(whole, {.head_bytes = whole.size()}), 200);
  EXPECT_EQ(status_of(whole, {.head_bytes = whole.size() - 1}), 431);
}

TEST(OversizedHead, TellsALongTargetFromAManyLinedHead) {
  const HeadLimits limits;
  EXPECT_EQ(oversized_head("GET /" + std::string(40000, 'a'), limits).status, 414);
  EXPECT_EQ(oversized_head("GET / HTTP/1.1\r\nX: " + std::string(40000, 'a'), limits).status, 431);
  EXPECT_EQ(oversized_head(std::string(40000, 'a'), limits).status, 431);
}

}  // namespace
}  // namespace artifactapi::http
