#include "config/yaml_escapes.h"

#include <gtest/gtest.h>

namespace artifactapi::config {
namespace {

std::string repaired(std::string_view text) {
  return repair_escapes(text).text;
}

TEST(YamlEscapes, DoublesTheBackslashOfAnUnknownEscapeInDoubleQuotes) {
  EXPECT_EQ(repaired(R"(a: "\.tgz$")"), R"(a: "\\.tgz$")");
  EXPECT_EQ(repaired(R"(- "\d\w\(\[")"), R"(- "\\d\\w\\(\\[")");
  EXPECT_EQ(repaired(R"("\.k": 1)"), R"("\\.k": 1)");
  EXPECT_EQ(repaired(R"(a: ["\.", {"b":"\."}, !!str "\."])"), R"(a: ["\\.", {"b":"\\."}, !!str "\\."])");
}

TEST(YamlEscapes, LeavesKnownEscapesAlone) {
  for (const auto* text :
       {R"(a: "\\.tgz$")", R"(a: "\n\t\"\/\x41\u00e4\\")", "a: \"folded \\\n  line\"", R"(a: "x\\")"}) {
    EXPECT_EQ(repaired(text), text);
  }
}

TEST(YamlEscapes, LeavesEverythingOutsideDoubleQuotesAlone) {
  for (const auto* text : {
           R"(a: '\.' # "\.")",
           R"(a: 'it''s "\." ')",
           R"(a: b"\.")",
           R"(a: b "\." c)",
           R"(# it's "\.")",
           "a: |\n  \"\\.\"\n\n  \"\\.\"\nb: c",
           "a: >-\n    \"\\.\n  \"\\.\n",
           "- |\n \"\\.\"\n",
           "- k: |\n    \"\\.\n",
           R"(a: http://x"\.")",
       }) {
    EXPECT_EQ(repaired(text), text);
  }
}

TEST(YamlEscapes, FindsQuotesAgainBehindABlockScalar) {
  EXPECT_EQ(repaired("- a: |\n    \"\\.\n  b: \"\\.\"\n"), "- a: |\n    \"\\.\n  b: \"\\\\.\"\n");
  EXPECT_EQ(repaired("x:\n  - |\n    \"\\.\n  - \"\\.\"\n"), "x:\n  - |\n    \"\\.\n  - \"\\\\.\"\n");
}

TEST(YamlEscapes, SurvivesTextThatEndsAnywhere) {
  for (const auto* text : {"", "\"", "\"\\", "a: \"\\", "'", "a: |", "a: 'x''", "[", "&", "-", "a:"}) {
    EXPECT_EQ(repaired(text), text);
  }
}

TEST(YamlEscapes, MapsColumnsBackToTheTextAsWritten) {
  const auto fixed = repair_escapes("a: [\"\\.x\\.\", \"(\"]\nb: \"\\.\"");
  ASSERT_EQ(fixed.repairs.size(), 3U);
  EXPECT_EQ(fixed.repairs[0].line, 1);
  EXPECT_EQ(fixed.repairs[0].column, 6);
  EXPECT_EQ(fixed.repairs[0].letter, '.');
  EXPECT_EQ(fixed.repairs[2].line, 2);
  EXPECT_EQ(fixed.original_column(1, 5), 5);
  EXPECT_EQ(fixed.text.find("\"(\""), 15U);
  EXPECT_EQ(fixed.original_column(1, 16), 14);
  EXPECT_EQ(fixed.original_column(3, 9), 9);
}

}  // namespace
}  // namespace artifactapi::config
