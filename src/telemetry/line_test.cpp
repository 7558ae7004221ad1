#include "telemetry/line.h"

#include "telemetry/escape.h"
#include "telemetry/log.h"

#include <gtest/gtest.h>

namespace artifactapi::telemetry {
namespace {

constexpr LineHead kHead{.time = "2026-01-31T12:00:00.123Z", .level = "info"};

std::string json_escaped(std::string_view text) {
  std::string out;
  append_json_escaped(out, text);
  return out;
}

std::string printable(std::string_view text) {
  std::string out;
  append_printable(out, text);
  return out;
}

TEST(LogEscape, JsonKeepsTextAndEscapesWhatBreaksIt) {
  EXPECT_EQ(json_escaped("plain / text"), "plain / text");
  EXPECT_EQ(json_escaped("a\"b\\c\n\r\t\x01\x7f"), R"(a\"b\\c\n\r\t\u0001\u007f)");
  EXPECT_EQ(json_escaped("gr\xc3\xbc\xc3\x9f"), "gr\xc3\xbc\xc3\x9f");
}

// Eight bytes are looked at together, and of a short text some twice: each byte must be seen at each place
// among plain ones.
TEST(LogEscape, SeesEveryByteWhereverItStands) {
  constexpr std::size_t kLongest = 19;
  for (int value = 0; value <= 0xFF; ++value) {
    const std::string byte(1, static_cast<char>(value));
    const std::string alone = json_escaped(byte);
    EXPECT_EQ(alone == byte, value >= 0x20 && value < 0x7F && value != '"' && value != '\\') << value;
    for (std::size_t length = 1; length <= kLongest; ++length) {
      for (std::size_t at = 0; at < length; ++at) {
        std::string text(length, value % 2 == 0 ? '~' : ' ');
        std::string expected = text;
        expected.replace(at, 1, alone);
        text[at] = byte[0];
        ASSERT_EQ(json_escaped(text), expected) << value << " at " << at << " of " << length;
      }
    }
  }
}

TEST(LogEscape, JsonReplacesWhatIsNotUtf8) {
  EXPECT_EQ(json_escaped("\xff"), "\\ufffd");
  EXPECT_EQ(json_escaped("\xc0\xaf"), "\\ufffd\\ufffd");             // overlong
  EXPECT_EQ(json_escaped("\xed\xa0\x80"), "\\ufffd\\ufffd\\ufffd");  // surrogate
  EXPECT_EQ(json_escaped("cut \xe2\x82"), "cut \\ufffd\\ufffd");
}

TEST(LogEscape, NothingReachesATerminalAsACommand) {
  EXPECT_EQ(printable("\x1b[31m\n"), "\\x1b[31m\\x0a");
  EXPECT_EQ(printable("\xc2\x9b"), "\\xc2\\x9b");  // the C1 form of the same
  EXPECT_EQ(json_escaped("\xc2\x9b"), "\\u009b");
  EXPECT_EQ(printable("back\\slash"), "back\\x5cslash");
}

TEST(LogLine, JsonHasTheFieldsWithTheirTypes) {
  std::string out;
  append_json_line(out, kHead, "fill finished",
                   {{"remote", "pypi"}, {"bytes", 12U}, {"offset", -3}, {"ratio", 0.5}, {"durable", true}});
  EXPECT_EQ(
      out,
      R"({"ts":"2026-01-31T12:00:00.123Z","level":"info","msg":"fill finished","remote":"pypi","bytes":12,)"
      R"("offset":-3,"ratio":0.5,"durable":true})"
      "\n");
}

TEST(LogLine, TextQuotesValuesThatNeedIt) {
  std::string out;
  append_text_line(out, kHead, "fill finished",
                   {{"remote", "pypi"}, {"reason", "no \"space\""}, {"empty", ""}});
  EXPECT_EQ(
      out,
      "2026-01-31T12:00:00.123Z info fill finished remote=pypi reason=\"no \\\"space\\\"\" empty=\"\"\n");
}

AccessRecord hit() {
  return {.method = "GET",
          .target = "/api/pypi/a",
          .status = 200,
          .body_bytes = 4096,
          .duration = std::chrono::microseconds(1234),
          .peer_address = "127.0.0.1",
          .request_id = "r-1",
          .cache = "HIT",
          .remote = "pypi",
          .path = "a"};
}

TEST(LogLine, AnArtifactRequestNamesCacheRemoteAndPath) {
  std::string text;
  append_text_access(text, kHead, hit());
  EXPECT_EQ(text,
            "2026-01-31T12:00:00.123Z info Cache HIT GET /api/pypi/a status=200 bytes=4096 ms=1.234 "
            "remote=pypi path=a "
            "peer=127.0.0.1 request_id=r-1\n");
  std::string json;
  append_json_access(json, kHead, hit());
  EXPECT_EQ(
      json,
      R"({"ts":"2026-01-31T12:00:00.123Z","level":"info","msg":"request","method":"GET","target":"/api/pypi/a",)"
      R"("status":200,"bytes":4096,"ms":1.234,"peer":"127.0.0.1","request_id":"r-1","cache":"Cache HIT",)"
      R"("remote":"pypi","path":"a"})"
      "\n");
}

TEST(LogLine, ABrokenAnswerSaysSo) {
  AccessRecord record = hit();
  record.cache = "";
  record.complete = false;
  std::string text;
  append_text_access(text, kHead, record);
  EXPECT_TRUE(text.contains("info request GET"));
  EXPECT_TRUE(text.ends_with(" complete=false\n"));
  std::string json;
  append_json_access(json, kHead, record);
  EXPECT_TRUE(json.ends_with(",\"complete\":false}\n"));
  EXPECT_FALSE(json.contains("cache"));
}

}  // namespace
}  // namespace artifactapi::telemetry
