#include "formats/json_cursor.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace artifactapi::formats {
namespace {

// "name:value;" of each member of an object; "!" behind them when it was no whole object.
std::string members_of(std::string_view text) {
  JsonCursor cursor(text);
  std::string out;
  std::string name;
  if (!cursor.enter('{')) return "!";
  while (cursor.next_member(name)) out.append(name).append(":").append(cursor.value()).append(";");
  return cursor.at_end() ? out : out + "!";
}

TEST(JsonCursor, ValuesAreSeenAsTheyAreWritten) {
  EXPECT_EQ(members_of(R"( {"a" : 1, "b":[1,{"]":"}"} ] ,"c":"x\"\\" , "d" :null} )"),
            R"(a:1;b:[1,{"]":"}"} ];c:"x\"\\";d:null;)");
  EXPECT_EQ(members_of("{}"), "");
  EXPECT_EQ(members_of(R"({"\u0061\n":1})"), "a\n:1;");
}

TEST(JsonCursor, ElementsAreEnteredAndLeft) {
  JsonCursor cursor(R"([[1,2],[],{"a":[3]},"x"])");
  std::vector<std::string> seen;
  ASSERT_TRUE(cursor.enter('['));
  while (cursor.next_element()) {
    if (cursor.enter('[')) {
      while (cursor.next_element()) seen.emplace_back(cursor.value());
      seen.emplace_back("]");
    } else {
      seen.emplace_back(cursor.value());
    }
  }
  EXPECT_TRUE(cursor.at_end());
  EXPECT_EQ(seen, (std::vector<std::string>{"1", "2", "]", "]", R"({"a":[3]})", R"("x")"}));
}

TEST(JsonCursor, WhatIsNotWholeFails) {
  for (const auto* text : {"", "[]", "{", R"({"a")", R"({"a":)", R"({"a":1)", R"({"a":1,})",
                           R"({"a":1 "b":2})", R"({,})", R"({"a":[1})", R"({"a":"x})", R"({a:1})",
                           R"({"a":1}})", R"({"a":1} x)", R"({"a":})", R"({"a\":1})", R"({"a":{]}})"}) {
    EXPECT_TRUE(members_of(text).ends_with('!')) << text;
  }
  JsonCursor cursor("[1,]");
  ASSERT_TRUE(cursor.enter('['));
  ASSERT_TRUE(cursor.next_element());
  EXPECT_EQ(cursor.value(), "1");
  EXPECT_FALSE(cursor.next_element());
  EXPECT_TRUE(cursor.failed());
}

TEST(JsonCursor, ANameIsText) {
  EXPECT_EQ(members_of("{\"\xC3\xA9\":1}"), "\xC3\xA9:1;");
  for (const auto* text : {"{\"a\xE7\":1}", "{\"a\nb\":1}", R"({"\x":1})", R"({"\ud800":1})"}) {
    EXPECT_TRUE(members_of(text).ends_with('!')) << text;
  }
}

TEST(JsonCursor, DepthAndNamesAreBounded) {
  const auto nested = [](std::size_t depth) {
    return R"({"a":)" + std::string(depth, '[') + std::string(depth, ']') + "}";
  };
  EXPECT_FALSE(members_of(nested(JsonCursor::kMaxDepth - 1)).ends_with('!'));
  EXPECT_TRUE(members_of(nested(JsonCursor::kMaxDepth)).ends_with('!'));
  EXPECT_TRUE(members_of(R"({")" + std::string(JsonCursor::kMaxName, 'n') + R"(":1})").ends_with('!'));
}

TEST(JsonCursor, TextIsThatOfAString) {
  EXPECT_EQ(json_text(R"("a\/b\u00e9")"), "a/b\xC3\xA9");
  for (const auto* other : {"", "1", "null", "\"", "[]"}) EXPECT_EQ(json_text(other), "") << other;
}

}  // namespace
}  // namespace artifactapi::formats
