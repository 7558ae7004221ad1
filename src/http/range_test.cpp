#include "http/range.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace artifactapi::http {
namespace {

using Ranges = std::vector<ByteRange>;

ResolvedRanges resolved(std::string_view value, std::uint64_t size) {
  const auto set = parse_range(value);
  EXPECT_TRUE(set) << value;
  return resolve_ranges(set.value_or(RangeSet{}), size);
}

Ranges ranges_of(std::string_view value, std::uint64_t size) {
  const auto result = resolved(value, size);
  const auto* ranges = std::get_if<Ranges>(&result);
  EXPECT_NE(ranges, nullptr) << value;
  return ranges == nullptr ? Ranges{} : *ranges;
}

TEST(ParseRange, KnowsTheThreeForms) {
  const auto set = parse_range(" Bytes=0-4, 7- ,,\t-3 ");
  ASSERT_TRUE(set);
  EXPECT_EQ(set->specs, (std::vector<RangeSpec>{{0, 4}, {7, std::nullopt}, {std::nullopt, 3}}));
}

TEST(ParseRange, IgnoresWhatIsMalformed) {
  for (const std::string_view value :
       {"", "bytes", "bytes=", "bytes=,", "bytes=-", "bytes=a-b", "bytes=4-3", "bytes=1", "bytes=+1-2",
        "bytes=1--2", "bytes=0x1-2", "bytes= 0 - 4", "bytes =0-1", "items=0-1", "bytes:0-1", "bytes=0-1;2-3",
        "bytes=0-1,x", "bytes=0-1\n"}) {
    EXPECT_FALSE(parse_range(value)) << value;
  }
}

TEST(ParseRange, IsBounded) {
  std::string value = "bytes=0-0";
  for (std::size_t i = 1; i < kMaxRangeSpecs; ++i) value += ",0-0";
  EXPECT_TRUE(parse_range(value));
  EXPECT_FALSE(parse_range(value + ",0-0"));
}

TEST(ResolveRanges, CutsToTheSize) {
  EXPECT_EQ(ranges_of("bytes=0-0", 10), (Ranges{{0, 0}}));
  EXPECT_EQ(ranges_of("bytes=2-", 10), (Ranges{{2, 9}}));
  EXPECT_EQ(ranges_of("bytes=8-99", 10), (Ranges{{8, 9}}));
  EXPECT_EQ(ranges_of("bytes=-3", 10), (Ranges{{7, 9}}));
  EXPECT_EQ(ranges_of("bytes=-99", 10), (Ranges{{0, 9}}));
  EXPECT_EQ(ranges_of("bytes=1-99999999999999999999999", 10), (Ranges{{1, 9}}));
  EXPECT_EQ(ranges_of("bytes=-99999999999999999999999", 10), (Ranges{{0, 9}}));
  constexpr std::uint64_t kHuge = ~std::uint64_t{0};
  EXPECT_EQ(ranges_of("bytes=0-", kHuge), (Ranges{{0, kHuge - 1}}));
}

TEST(ResolveRanges, TellsWhatCannotBeSatisfied) {
  for (const std::string_view value :
       {"bytes=10-", "bytes=10-20", "bytes=-0", "bytes=99999999999999999999999-"}) {
    EXPECT_TRUE(std::holds_alternative<Unsatisfiable>(resolved(value, 10))) << value;
  }
  EXPECT_TRUE(std::holds_alternative<Unsatisfiable>(resolved("bytes=0-", 0)));
  EXPECT_TRUE(std::holds_alternative<WholeRepresentation>(resolved("bytes=-5", 0)));
  EXPECT_EQ(ranges_of("bytes=10-,2-3,-0", 10), (Ranges{{2, 3}}));
}

TEST(ResolveRanges, KeepsTheOrderOfRangesApartAndMergesOverlappingOnes) {
  EXPECT_EQ(ranges_of("bytes=5-6,0-1", 10), (Ranges{{5, 6}, {0, 1}}));
  EXPECT_EQ(ranges_of("bytes=0-1,2-3", 10), (Ranges{{0, 1}, {2, 3}}));
  EXPECT_EQ(ranges_of("bytes=5-8,0-1,4-6", 10), (Ranges{{0, 1}, {4, 8}}));
  EXPECT_EQ(ranges_of("bytes=0-,0-,0-", 10), (Ranges{{0, 9}}));
  EXPECT_EQ(ranges_of("bytes=0-0,1-1,2-2,3-3,4-4,5-5,6-6,7-7,9-9", 20), (Ranges{{0, 7}, {9, 9}}));
}

// Whatever is asked, the ranges lie inside, do not overlap, and cover exactly the bytes that were asked for.
TEST(ResolveRanges, CoverWhatWasAskedAndNothingTwice) {
  std::mt19937 random(3);  // NOLINT: the same inputs in every run
  for (int round = 0; round < 20000; ++round) {
    const std::uint64_t size = random() % 24;
    RangeSet set;
    std::vector<bool> wanted(size, false);
    for (auto left = 1 + random() % 12; left > 0; --left) {
      const std::uint64_t a = random() % 26;
      const std::uint64_t b = a + random() % 5;
      const auto kind = random() % 3;
      if (kind == 0) set.specs.push_back({a, b});
      if (kind == 1) set.specs.push_back({a, std::nullopt});
      if (kind == 2) set.specs.push_back({std::nullopt, a});
      for (std::uint64_t i = 0; i < size; ++i) {
        const bool in = kind == 0 ? i >= a && i <= b : kind == 1 ? i >= a : i + a >= size;
        if (in) wanted[i] = true;
      }
    }
    const auto result = resolve_ranges(set, size);
    std::vector<bool> given(size, false);
    if (const auto* ranges = std::get_if<Ranges>(&result)) {
      ASSERT_FALSE(ranges->empty());
      for (const ByteRange& range : *ranges) {
        ASSERT_LE(range.first, range.last);
        ASSERT_LT(range.last, size);
        for (std::uint64_t i = range.first; i <= range.last; ++i) {
          ASSERT_FALSE(given[i]);
          given[i] = true;
        }
      }
    }
    ASSERT_EQ(given, wanted);
  }
}

TEST(ContentRangeText, IsAsTheRfcHasIt) {
  EXPECT_EQ(content_range({2, 5}, 10), "bytes 2-5/10");
  EXPECT_EQ(unsatisfied_range(10), "bytes */10");
  EXPECT_EQ((ByteRange{2, 5}).length(), 4U);
}

}  // namespace
}  // namespace artifactapi::http
