#include "http/headers.h"

#include "http/method.h"

#include <gtest/gtest.h>

namespace artifactapi::http {
namespace {

using namespace std::string_view_literals;

TEST(Headers, AreFoundWithoutRegardToCase) {
  const Headers headers{{"Content-Type", "text/plain"}, {"ETag", "\"x\""}};
  EXPECT_EQ(headers.get("content-TYPE"), "text/plain");
  EXPECT_TRUE(headers.has("etag"));
  EXPECT_FALSE(headers.get("Etag2"));
  EXPECT_FALSE(headers.has(""));
}

TEST(Headers, JoinAllLinesOfAName) {
  Headers headers{{"Accept", "a"}, {"X", "1"}, {"accept", "b, c"}, {"Empty", ""}};
  EXPECT_EQ(headers.joined("ACCEPT"), "a, b, c");
  EXPECT_EQ(headers.joined("Missing"), "");
  EXPECT_EQ(headers.joined("Empty"), "");
  EXPECT_EQ(headers.count("accept"), 2U);
  EXPECT_EQ(headers.get("accept"), "a");
}

TEST(Headers, SetKeepsThePlaceOfTheFirstLineAndDropsTheOthers) {
  Headers headers{{"A", "1"}, {"b", "2"}, {"C", "3"}, {"B", "4"}};
  headers.set("B", "5");
  EXPECT_EQ(headers, (Headers{{"A", "1"}, {"B", "5"}, {"C", "3"}}));
  headers.set("D", "6");
  EXPECT_EQ(headers.size(), 4U);
}

TEST(Headers, SetAndRemoveMayBeGivenViewsIntoThemselves) {
  Headers headers{{"Name", "a value too long for the small string buffer"},
                  {"Name", "other value that is long as well"}};
  headers.set(headers.begin()->name, std::next(headers.begin())->value);
  EXPECT_EQ(headers, (Headers{{"Name", "other value that is long as well"}}));
  headers.add("name", "x");
  headers.remove(headers.begin()->name);
  EXPECT_TRUE(headers.empty());
}

TEST(Headers, AddMayBeGivenViewsIntoThemselvesWhileTheyGrow) {
  Headers headers{{"Name", "a value"}};
  for (int i = 0; i < 500; ++i) {
    const auto last = *std::next(headers.begin(), static_cast<std::ptrdiff_t>(headers.size() - 1));
    headers.add(last.name, last.value);
  }
  EXPECT_EQ(headers.count("name"), 501U);
  for (const auto& [name, value] : headers) EXPECT_EQ(std::string(name) + std::string(value), "Namea value");
}

TEST(Headers, ViewsGoAlongWithAMove) {
  const Headers headers{{"A", "1"}};
  Headers copy = headers;
  const auto value = copy.get("A");
  const Headers moved = std::move(copy);
  EXPECT_EQ(value->data(), moved.get("A")->data());
}

// Though their text is the same.
TEST(Headers, WithABreakInAValueAreNotTwoLines) {
  EXPECT_NE((Headers{{"A", "1\r\nB: 2"}}), (Headers{{"A", "1"}, {"B", "2"}}));
  EXPECT_EQ((Headers{{"A", "1\r\nB: 2"}}).get("B"), std::nullopt);
}

TEST(Headers, AreWrittenInOrder) {
  const Headers headers{{"A", "1"}, {"B", ""}, {"A", "2"}};
  std::string out = "x";
  headers.append_to(out);
  EXPECT_EQ(out, "xA: 1\r\nB: \r\nA: 2\r\n");
  EXPECT_EQ(headers.bytes(), out.size() - 1);
}

TEST(Headers, LeaveOutLinesThatWouldBreakTheWireForm) {
  const Headers headers{
      {"A", "1\r\nEvil: x"}, {"B:", "2"}, {"", "3"}, {"C", std::string("4\0", 2)}, {"D", "5\xFF\t"}};
  std::string out;
  headers.append_to(out);
  EXPECT_EQ(out, "D: 5\xFF\t\r\n");
}

// The names alone do not tell.
TEST(Headers, LeaveOutALineWhoseValueAloneIsBad) {
  for (const auto bad : {"1\r\nEvil: x"sv, "1\n"sv, "\0"sv, "\x7F"sv}) {
    std::string out;
    Headers{{"A", bad}, {"D", "4\t"}}.append_to(out);
    EXPECT_EQ(out, "D: 4\t\r\n");
  }
}

// Lines are looked at together, in pieces.
TEST(Headers, LeaveOutABadLineWhereverItIs) {
  const std::string good(300, 'g');
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = '\n';
    std::string out;
    Headers{{"A", good}, {"B", bad}, {"C", good}}.append_to(out);
    EXPECT_EQ(out, "A: " + good + "\r\nC: " + good + "\r\n") << at;
  }
}

// Nor is their number taken for that of the lines' ends when it no longer fits in a byte.
TEST(Headers, LeaveOutALineHoweverManyBadBytesItHas) {
  for (std::size_t count = 1; count <= 1100; ++count) {
    std::string out;
    Headers{{"A", std::string(count, '\n')}, {"B", "1"}}.append_to(out);
    ASSERT_EQ(out, "B: 1\r\n") << count;
  }
}

TEST(Headers, ValidNamesAreTokens) {
  for (const std::string_view name : {"a", "Content-Length", "x!#$%&'*+-.^_`|~9"})
    EXPECT_TRUE(valid_name(name)) << name;
  for (const std::string_view name :
       {"", " a", "a ", "a:b", "a\tb", "a\x7F", "\xC3\xA9", "a(b", "a/b", "a\"b", "{"}) {
    EXPECT_FALSE(valid_name(name)) << name;
  }
}

TEST(Headers, TokensOfACommaList) {
  EXPECT_TRUE(has_token("close", "CLOSE"));
  EXPECT_TRUE(has_token("keep-alive ,\tClose", "close"));
  EXPECT_TRUE(has_token(",,close,", "close"));
  EXPECT_FALSE(has_token("closed, disclose", "close"));
  EXPECT_FALSE(has_token("close;q=1", "close"));
  EXPECT_FALSE(has_token("", "close"));
  EXPECT_FALSE(has_token("a,,b", ""));
}

TEST(EndToEnd, DropsHopByHopFieldsAndThoseConnectionNames) {
  const Headers headers{{"Connection", "X-Hop, close"},
                        {"connection", "x-other"},
                        {"X-HOP", "1"},
                        {"X-Other", "2"},
                        {"Keep-Alive", "3"},
                        {"TE", "trailers"},
                        {"Trailer", "T"},
                        {"Transfer-Encoding", "c"},
                        {"Upgrade", "h2c"},
                        {"Proxy-Authenticate", "4"},
                        {"proxy-connection", "5"},
                        {"Set-Cookie", "6"},
                        {"Content-Type", "text/x"},
                        {"X-Kept", "7"},
                        {"Proxy", "kept"}};
  EXPECT_EQ(end_to_end(headers), "Content-Type: text/x\r\nX-Kept: 7\r\nProxy: kept\r\n");
}

TEST(Method, NamesAreCaseSensitive) {
  for (const Method method : {Method::Get, Method::Head, Method::Post, Method::Put, Method::Delete,
                              Method::Patch, Method::Options}) {
    EXPECT_EQ(parse_method(to_string(method)), method);
  }
  EXPECT_EQ(parse_method("get"), Method::Other);
  EXPECT_EQ(parse_method("OTHER"), Method::Other);
}

}  // namespace
}  // namespace artifactapi::http
