#include "http/accept.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace artifactapi::http {
namespace {

std::vector<std::string> ranges_of(std::string_view accept) {
  std::vector<std::string> ranges;
  while (const auto range = take_media_range(accept)) {
    ranges.push_back(std::string(range->type) + " " + std::to_string(range->weight));
  }
  return ranges;
}

using Ranges = std::vector<std::string>;

TEST(MediaRange, AreTakenInTheirOrderWithTheirWeights) {
  EXPECT_EQ(ranges_of("text/html, a/b+json;q=0.8 ;v=1,\t*/*; Q=0.05"),
            (Ranges{"text/html 1000", "a/b+json 800", "*/* 50"}));
  EXPECT_EQ(ranges_of(""), Ranges{});
  EXPECT_EQ(ranges_of("a/b,,c"), (Ranges{"a/b 1000", " 1000", "c 1000"}));
}

TEST(MediaRange, AWeightThatIsNoneCountsAsNone) {
  EXPECT_EQ(ranges_of("a;q=1.000,a;q=0.123,a;q=1.5"), (Ranges{"a 1000", "a 123", "a 1000"}));
  for (const auto* odd : {"a;q=", "a;q=2", "a;q=x", "a;q=0,5x;", "a;q=0.1234", "a;q=-1", "a;q=0.x"}) {
    EXPECT_EQ(ranges_of(odd).front(), "a 0") << odd;
  }
}

TEST(MediaRange, NamesATypeMoreOrLessExactly) {
  constexpr auto kType = "application/json";
  EXPECT_EQ(exactness("Application/JSON", kType), Exactness::Type);
  EXPECT_EQ(exactness("application/*", kType), Exactness::Family);
  EXPECT_EQ(exactness("*/*", kType), Exactness::Anything);
  for (const auto* other : {"", "*", "text/*", "application/", "application/json2", "application/xml"}) {
    EXPECT_EQ(exactness(other, kType), Exactness::None) << other;
  }
}

}  // namespace
}  // namespace artifactapi::http
