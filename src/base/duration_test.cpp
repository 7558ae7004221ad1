#include "base/duration.h"

#include <gtest/gtest.h>

namespace artifactapi {
namespace {

using namespace std::chrono_literals;

TEST(Duration, ReadsUnitsAndTakesSecondsWithoutOne) {
  EXPECT_EQ(parse_duration("0").value(), 0s);
  EXPECT_EQ(parse_duration("30").value(), 30s);
  EXPECT_EQ(parse_duration("30s").value(), 30s);
  EXPECT_EQ(parse_duration("250ms").value(), 250ms);
  EXPECT_EQ(parse_duration("5m").value(), 5min);
  EXPECT_EQ(parse_duration("2 h").value(), 2h);
  EXPECT_EQ(parse_duration("7d").value(), 168h);
  EXPECT_EQ(parse_duration("1w").value(), 168h);
}

TEST(Duration, RefusesEverythingElse) {
  for (const auto* text : {"", "s", "-1", "-0", "+1", "1.5", "1h30m", "30 sec", "0x1", "1 ", "never"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

TEST(Duration, IsBounded) {
  EXPECT_EQ(parse_duration("3153600000").value(), kMaxDuration);
  EXPECT_FALSE(parse_duration("3153600001"));
  EXPECT_FALSE(parse_duration("9223372036854775807w"));
  EXPECT_FALSE(parse_duration("99999999999999999999"));
}

TEST(Duration, PrintsTheShortestExactForm) {
  EXPECT_EQ(duration_text(Milliseconds(0)), "0s");
  EXPECT_EQ(duration_text(Milliseconds(1500)), "1500ms");
  EXPECT_EQ(duration_text(Milliseconds(90s)), "90s");
  EXPECT_EQ(duration_text(Milliseconds(300s)), "5m");
}

}  // namespace
}  // namespace artifactapi
