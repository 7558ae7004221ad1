#include "http/path.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace artifactapi::http {
namespace {

using std::string_literals::operator""s;

TEST(Canonicalise, SpellsEachPathInOneWay) {
  struct Case {
    std::string input, encoded, decoded;
  };
  for (const Case& c : std::vector<Case>{
           {"", "", ""},
           {"/", "/", "/"},
           {"a/b", "a/b", "a/b"},
           {"/a%41%7e", "/aA~", "/aA~"},
           {"/a+b", "/a+b", "/a+b"},
           {"/a%2Bb", "/a+b", "/a+b"},
           {"/a%20b", "/a%20b", "/a b"},
           {"/a b", "/a%20b", "/a b"},
           {"/!$&'()*+,;=:@-._~", "/!$&'()*+,;=:@-._~", "/!$&'()*+,;=:@-._~"},
           {"/%21%24%26%27%28%29%2a%2c%3b%3d%3a%40", "/!$&'()*,;=:@", "/!$&'()*,;=:@"},
           {"/@s%2fp", "/@s%2Fp", "/@s%2Fp"},
           {"/a%25b", "/a%25b", "/a%b"},
           {"/%252e%252e/x", "/%252e%252e/x", "/%2e%2e/x"},
           {"/a//b/", "/a//b/", "/a//b/"},
           {"/%3f%23%5b%22", "/%3F%23%5B%22", "/?#[\""},
           {"/[x]<|>^`{}\"", "/%5Bx%5D%3C%7C%3E%5E%60%7B%7D%22", "/[x]<|>^`{}\""},
           {"/\xC3\xA9%c3%a9", "/%C3%A9%C3%A9", "/\xC3\xA9\xC3\xA9"},
           {"/%F0%9F%98%80", "/%F0%9F%98%80", "/\xF0\x9F\x98\x80"},
           {"/...", "/...", "/..."},
           {"/..a/.b/c../d.", "/..a/.b/c../d.", "/..a/.b/c../d."},
           {"/a;.", "/a;.", "/a;."},
           {"/%C2%A0", "/%C2%A0", "/\xC2\xA0"},
       }) {
    const auto path = canonicalise(c.input);
    ASSERT_TRUE(path) << c.input << ": " << path.error().message;
    EXPECT_EQ(path->encoded, c.encoded);
    EXPECT_EQ(path->decoded, c.decoded);
    EXPECT_FALSE(path->has_query);
  }
}

TEST(Canonicalise, RefusesWhatServersReadInDifferentWays) {
  for (const std::string& input : {
           "."s,
           ".."s,
           "/."s,
           "/.."s,
           "/./a"s,
           "/../a"s,
           "/a/.."s,
           "/a/."s,
           "/a/../b"s,
           "/%2e%2e/x"s,
           "/%2E./x"s,
           "/.%2e"s,
           "/a/%2e"s,
           "/..%2fx"s,
           "/%2e%2e%2fx"s,
           "/a%2f..%2fb"s,
           "/a%2F%2e"s,
           "/a%2f../b"s,
           "..%2f.."s,
           "/..;/x"s,
           "/..;a=b/x"s,
           "/.;/x"s,
           "/%2e%2e%3bx/"s,
           "/a\\b"s,
           "/a%5cb"s,
           "/..\\x"s,
           "/..%5Cx"s,
           "/%00"s,
           "/a\0b"s,
           "/%0a"s,
           "/%0D%0A"s,
           "/\r\n"s,
           "/\t"s,
           "/%7f"s,
           "/\x7F"s,
           "/%1f"s,
           "/%"s,
           "/%4"s,
           "/%4g"s,
           "/%%41"s,
           "/%u0041"s,
           "/a#b"s,
           "/%c0%ae%c0%ae/x"s,
           "/%e0%80%af"s,
           "/%ff"s,
           "/\xFF"s,
           "/%c3"s,
           "/%c3/%a9"s,
           "/%c3%2f%a9"s,
           "/%ed%a0%80"s,
           "/%C2%85"s,
           "/\xC2\x9B"s,
       }) {
    const auto path = canonicalise(input);
    ASSERT_FALSE(path) << input;
    EXPECT_EQ(path.error().code, Code::Invalid);
  }
}

TEST(Canonicalise, KeepsTheQueryApart) {
  const auto path = canonicalise("/a%3fb?x=%2f%3d&y=a?b");
  ASSERT_TRUE(path);
  EXPECT_EQ(path->encoded, "/a%3Fb");
  EXPECT_EQ(path->query, "x=%2F%3D&y=a?b");
  EXPECT_TRUE(path->has_query);
  const auto empty = canonicalise("/a?");
  ASSERT_TRUE(empty);
  EXPECT_TRUE(empty->has_query);
  EXPECT_EQ(empty->query, "");
  EXPECT_FALSE(canonicalise("/a?%0a"));
  EXPECT_TRUE(canonicalise("/a?../.."));
}

TEST(Canonicalise, IsBounded) {
  EXPECT_TRUE(canonicalise("/" + std::string(kMaxPathBytes - 2, 'a')));
  const auto longer = canonicalise("/" + std::string(kMaxPathBytes, 'a'));
  ASSERT_FALSE(longer);
  EXPECT_EQ(longer.error().code, Code::TooLarge);
  EXPECT_FALSE(canonicalise("/" + std::string(kMaxPathBytes / 2, ' ')));
}

// The same rules once more, in whole passes over strings instead of byte by byte.
std::optional<std::string> naive_canonical(const std::string& path) {
  if (path.find('#') != std::string::npos) return std::nullopt;
  std::vector<std::pair<std::string, std::string>> segments;  // decoded, and what followed
  std::string current;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '/') {
      segments.emplace_back(current, "/");
      current.clear();
    } else if (path[i] == '%') {
      if (i + 2 >= path.size() ||
          path.substr(i + 1, 2).find_first_not_of("0123456789abcdefABCDEF") != std::string::npos)
        return std::nullopt;
      const auto byte = static_cast<char>(std::stoi(path.substr(i + 1, 2), nullptr, 16));
      i += 2;
      if (byte == '/') {
        segments.emplace_back(current, "%2F");
        current.clear();
      } else {
        current += byte;
      }
    } else {
      current += path[i];
    }
  }
  segments.emplace_back(current, "");
  const std::string raw = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@";
  std::string out;
  for (const auto& [segment, separator] : segments) {
    if (segment == "." || segment == ".." || segment.starts_with(".;") || segment.starts_with("..;"))
      return std::nullopt;
    for (std::size_t i = 0; i < segment.size(); ++i) {
      const auto byte = static_cast<unsigned char>(segment[i]);
      if (byte < 0x20 || byte == 0x7F || byte == '\\') return std::nullopt;
      if (byte < 0x80) {
        char escaped[4];
        snprintf(escaped, sizeof escaped, "%%%02X", byte);
        out += raw.find(segment[i]) != std::string::npos ? std::string(1, segment[i]) : escaped;
        continue;
      }
      // Of what is not ASCII the generator makes only U+00A9 whole; anything else it makes is broken.
      if (byte != 0xC2 || i + 1 >= segment.size() || static_cast<unsigned char>(segment[i + 1]) != 0xA9)
        return std::nullopt;
      out += "%C2%A9";
      ++i;
    }
    out += separator;
  }
  return out;
}

TEST(Canonicalise, AgreesWithANaiveImplementationAndIsIdempotent) {
  const std::vector<std::string> pieces = {
      "/",   "//",  ".",   "..",  "%2e", "%2E",      "%2f",    "%2F", "a",   "B",  "%41", ";",
      "%3b", "+",   "%2b", " ",   "%20", "%25",      "%",      "\\",  "%5c", "\n", "%00", "@",
      "~",   "%7e", "[",   "%5B", "#",   "\xC2\xA9", "%c2%a9", "%C2", "%A9", "2e", "-"};
  std::mt19937 random(7);  // NOLINT: the same inputs in every run
  int accepted = 0;
  for (int round = 0; round < 60000; ++round) {
    std::string input;
    for (auto left = random() % 7; left > 0; --left) input += pieces[random() % pieces.size()];
    const auto path = canonicalise(input);
    const auto expected = naive_canonical(input);
    ASSERT_EQ(path.has_value(), expected.has_value()) << input;
    if (!path) continue;
    ++accepted;
    ASSERT_EQ(path->encoded, *expected) << input;
    const auto again = canonicalise(path->encoded);
    ASSERT_TRUE(again) << input;
    EXPECT_EQ(again->encoded, path->encoded);
    EXPECT_EQ(again->decoded, path->decoded);
  }
  EXPECT_GT(accepted, 10000);
}

}  // namespace
}  // namespace artifactapi::http
