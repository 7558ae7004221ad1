#include "http/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace artifactapi::http {
namespace {

TEST(Utf8, AcceptsEachLengthOfSequence) {
  EXPECT_EQ(utf8_sequence("a"), 1U);
  EXPECT_EQ(utf8_sequence("\xC3\xA9x"), 2U);
  EXPECT_EQ(utf8_sequence("\xE2\x82\xAC"), 3U);
  EXPECT_EQ(utf8_sequence("\xF0\x9F\x98\x80"), 4U);
  EXPECT_EQ(utf8_sequence(std::string_view("\0", 1)), 1U);
}

TEST(Utf8, RefusesWhatIsNotWellFormed) {
  for (const std::string text :
       {"\x80", "\xC0\xAE", "\xC1\xBF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF0\x80\x80\xAF",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\xC3", "\xE2\x82", "\xC3(", "\xE2\x82("}) {
    EXPECT_EQ(utf8_sequence(text), 0U);
    EXPECT_FALSE(is_utf8("ok" + text));
  }
  EXPECT_EQ(utf8_sequence(""), 0U);
  EXPECT_TRUE(is_utf8(""));
}

// Encodes every code point and asks for it back.
TEST(Utf8, KnowsEveryCodePoint) {
  for (unsigned point = 0; point <= 0x10FFFF; ++point) {
    std::string text;
    const auto put = [&](unsigned byte) { text += static_cast<char>(byte); };
    if (point < 0x80) {
      put(point);
    } else if (point < 0x800) {
      put(0xC0 | point >> 6);
      put(0x80 | (point & 0x3F));
    } else if (point < 0x10000) {
      put(0xE0 | point >> 12);
      put(0x80 | (point >> 6 & 0x3F));
      put(0x80 | (point & 0x3F));
    } else {
      put(0xF0 | point >> 18);
      put(0x80 | (point >> 12 & 0x3F));
      put(0x80 | (point >> 6 & 0x3F));
      put(0x80 | (point & 0x3F));
    }
    const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
    ASSERT_EQ(utf8_sequence(text), surrogate ? 0 : text.size()) << point;
  }
}

}  // namespace
}  // namespace artifactapi::http
