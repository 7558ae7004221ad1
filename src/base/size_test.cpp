#include "base/size.h"

#include <gtest/gtest.h>

namespace artifactapi {
namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20U;

TEST(Size, ReadsUnitsAsPowersOf1024) {
  EXPECT_EQ(parse_size("0").value(), 0U);
  EXPECT_EQ(parse_size("4096").value(), 4096U);
  EXPECT_EQ(parse_size("4096B").value(), 4096U);
  EXPECT_EQ(parse_size("4k").value(), 4096U);
  EXPECT_EQ(parse_size("512MiB").value(), 512 * kMiB);
  EXPECT_EQ(parse_size("512 MB").value(), 512 * kMiB);
  EXPECT_EQ(parse_size("10GiB").value(), 10240 * kMiB);
  EXPECT_EQ(parse_size("1.5G").value(), 1536 * kMiB);
  EXPECT_EQ(parse_size("2t").value(), 2 * kMiB * kMiB);
}

TEST(Size, RefusesEverythingElse) {
  for (const auto* text :
       {"", " ", "-1", "+1", "1.", ".5G", "1.5", "10X", "10GiBs", "0x10", "1e3", "10G B", "ten", "90%"}) {
    EXPECT_FALSE(parse_size(text)) << text;
  }
}

TEST(Size, RefusesWhatDoesNotFit) {
  EXPECT_TRUE(parse_size("9223372036854775807"));
  EXPECT_FALSE(parse_size("9223372036854775808"));
  EXPECT_FALSE(parse_size("99999999999999999999999"));
  EXPECT_FALSE(parse_size("8388608T"));
}

TEST(Size, PercentIsAShareOfSomethingKnownLater) {
  EXPECT_EQ(parse_size_or_percent("90%").value().of(1000), 900U);
  EXPECT_EQ(parse_size_or_percent("100 %").value().of(UINT64_MAX), UINT64_MAX);
  EXPECT_EQ(parse_size_or_percent("1GiB").value().of(1000), 1024 * kMiB);
  EXPECT_FALSE(parse_size_or_percent("0%"));
  EXPECT_FALSE(parse_size_or_percent("101%"));
  EXPECT_FALSE(parse_size_or_percent("%"));
  EXPECT_FALSE(parse_size_or_percent("9.5%"));
}

TEST(Size, PrintsShortly) {
  EXPECT_EQ(size_text(0), "0 B");
  EXPECT_EQ(size_text(1536), "1.5 KiB");
  EXPECT_EQ(size_text(10240 * kMiB), "10 GiB");
  EXPECT_EQ(to_string(SizeOrPercent{.bytes = 0, .percent = 90}), "90 %");
}

}  // namespace
}  // namespace artifactapi
