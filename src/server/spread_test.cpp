#include "server/spread.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace artifactapi::server {
namespace {

// Connections that all come to lane 0, and stay.
std::array<std::size_t, 2> lanes_of(std::size_t connections) {
  Spread spread(2);
  std::vector<Spread::Place> places;
  std::array<std::size_t, 2> count{};
  for (std::size_t i = 0; i < connections; ++i) ++count[places.emplace_back(spread.choose(0)).lane()];
  return count;
}

TEST(Spread, FewAreSpreadEvenly) {
  EXPECT_EQ(lanes_of(2), (std::array<std::size_t, 2>{1, 1}));
  EXPECT_EQ(lanes_of(8), (std::array<std::size_t, 2>{4, 4}));
}

TEST(Spread, OfMoreAnEighthMayStayWhereTheyCame) {
  EXPECT_EQ(lanes_of(16), (std::array<std::size_t, 2>{9, 7}));
}

TEST(Spread, ManyStayWhereTheyCame) {
  const auto [here, there] = lanes_of(800);
  EXPECT_LE(there, 16U);
}

TEST(Spread, TheLaneItselfIsChosenBeforeAnEqualOne) {
  Spread spread(3);
  EXPECT_EQ(spread.choose(2).lane(), 2U);
}

TEST(Spread, AnEndedConnectionLeavesItsPlace) {
  Spread spread(2);
  {
    const Spread::Place first = spread.stay(0);
    Spread::Place second = spread.stay(0);
    const Spread::Place moved = std::move(second);
    EXPECT_EQ(moved.lane(), 0U);
    EXPECT_EQ(spread.total(), 2U);
    EXPECT_EQ(spread.choose(0).lane(), 1U);
  }
  EXPECT_EQ(spread.total(), 0U);
  EXPECT_EQ(spread.choose(0).lane(), 0U);
}

}  // namespace
}  // namespace artifactapi::server
