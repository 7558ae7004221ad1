#include "http/date.h"

#include <gtest/gtest.h>

#include <ctime>
#include <random>
#include <string>

namespace artifactapi::http {
namespace {

constexpr Time kExample{Milliseconds{784111777000}};

TEST(FormatDate, WritesImfFixdate) {
  EXPECT_EQ(format_date(kExample), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(format_date(Time{}), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(format_date(kExample + Milliseconds{999}), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(format_date(Time{Milliseconds{-1}}), "Wed, 31 Dec 1969 23:59:59 GMT");
}

TEST(FormatDate, StaysWithinFourDigitYears) {
  EXPECT_EQ(format_date(Time::max()), "Fri, 31 Dec 9999 23:59:59 GMT");
  EXPECT_EQ(format_date(Time::min()), "Sat, 01 Jan 0000 00:00:00 GMT");
}

TEST(ParseDate, ReadsTheThreeForms) {
  EXPECT_EQ(parse_date("Sun, 06 Nov 1994 08:49:37 GMT"), kExample);
  EXPECT_EQ(parse_date("Sunday, 06-Nov-94 08:49:37 GMT"), kExample);
  EXPECT_EQ(parse_date("Sun Nov  6 08:49:37 1994"), kExample);
  EXPECT_EQ(parse_date(" Sun, 06 Nov 1994 08:49:37 GMT "), kExample);
  EXPECT_EQ(parse_date("Mon, 06 Nov 1994 08:49:37 GMT"), kExample);  // the weekday is not compared
  EXPECT_EQ(parse_date("Saturday, 01-Jan-00 00:00:00 GMT"),
            Time(std::chrono::sys_days(std::chrono::year{2000} / 1 / 1)));
  EXPECT_EQ(parse_date("Sat, 29 Feb 2020 12:00:00 GMT"), Time(Milliseconds{1582977600000}));
  EXPECT_EQ(parse_date("Sat, 31 Dec 2016 23:59:60 GMT"),
            Time(std::chrono::sys_days(std::chrono::year{2017} / 1 / 1)));
}

TEST(ParseDate, RefusesAllElse) {
  for (const std::string_view text : {"",
                                      "0",
                                      "-1",
                                      "Sun",
                                      "Sun, 06 Nov 1994 08:49:37",
                                      "Sun, 06 Nov 1994 08:49:37 UTC",
                                      "Sun, 06 Nov 1994 08:49:37 +0000",
                                      "Sun, 6 Nov 1994 08:49:37 GMT",
                                      "Sun, 06 Nov 94 08:49:37 GMT",
                                      "Sun, 32 Nov 1994 08:49:37 GMT",
                                      "Sun, 31 Nov 1994 08:49:37 GMT",
                                      "Sun, 29 Feb 2023 08:49:37 GMT",
                                      "Sun, 00 Nov 1994 08:49:37 GMT",
                                      "Sun, 06 Nov 1994 24:00:00 GMT",
                                      "Sun, 06 Nov 1994 08:60:00 GMT",
                                      "Sun, 06 Nov 1994 08:49:61 GMT",
                                      "Xyz, 06 Nov 1994 08:49:37 GMT",
                                      "Sun, 06 Xyz 1994 08:49:37 GMT",
                                      "sun, 06 nov 1994 08:49:37 gmt",
                                      "Sun, 06 Nov 1994 08:49:37 GMTx",
                                      "Sun, 06 Nov 1994 8:49:37 GMT",
                                      "Sun,  06 Nov 1994 08:49:37 GMT",
                                      "Sun, -6 Nov 1994 08:49:37 GMT",
                                      "Sun, 06 Nov +994 08:49:37 GMT",
                                      "Sun, 06-Nov-94 08:49:37 GMT",
                                      "Sunday, 06-Nov-1994 08:49:37 GMT",
                                      "Sun Nov 6 08:49:37 1994",
                                      "Sun Nov  6 08:49:37 1994 GMT",
                                      "1994-11-06T08:49:37Z",
                                      "784111777",
                                      "Sun, 06 Nov 19940 08:49:37 GMT"}) {
    EXPECT_FALSE(parse_date(text)) << text;
  }
}

TEST(ParseDate, TakesBackWhatFormatDateWroteAndAgreesWithTheSystem) {
  std::mt19937_64 random(5);  // NOLINT: the same inputs in every run
  for (int round = 0; round < 20000; ++round) {
    const auto seconds = static_cast<std::time_t>(random() % 32503680000);  // until the year 3000
    const std::string text = format_date(Time{Seconds{seconds}});
    std::tm parts{};
    char expected[64];
    ASSERT_NE(gmtime_r(&seconds, &parts), nullptr);
    ASSERT_EQ(std::strftime(expected, sizeof expected, "%a, %d %b %Y %H:%M:%S GMT", &parts), kDateBytes);
    ASSERT_EQ(text, expected);
    ASSERT_EQ(parse_date(text), Time{Seconds{seconds}});
    ASSERT_NE(std::strftime(expected, sizeof expected, "%a %b %e %H:%M:%S %Y", &parts), 0U);
    ASSERT_EQ(parse_date(expected), Time{Seconds{seconds}});
  }
}

}  // namespace
}  // namespace artifactapi::http
