#include "runtime/turns.h"

#include "runtime/testing/on_loop.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <vector>

namespace artifactapi::runtime {
namespace {

class TurnsTest : public ::testing::Test {
 protected:
  TurnsTest() { loops.start(); }
  Loops loops{2};
  Turns turns{loops};
};

Task<int> make_once(Turns& turns, std::atomic<int>& made, std::atomic<int>& value) {
  const std::string key = "k";
  for (;;) {
    if (const int found = value.load(); found != 0) co_return found;
    const auto turn = turns.try_take(key);
    if (turn) {
      if (const int found = value.load(); found != 0) co_return found;
      made.fetch_add(1);
      value.store(7);
      co_return 7;
    }
    co_await turns.ended(key);
  }
}

TEST_F(TurnsTest, EachKeyHasOneAtATime) {
  auto first = turns.try_take("a");
  EXPECT_TRUE(first);
  EXPECT_FALSE(turns.try_take("a"));
  EXPECT_TRUE(turns.try_take("b"));
  auto moved = std::move(first);
  EXPECT_FALSE(turns.try_take("a"));
  moved = Turns::Turn();
  EXPECT_TRUE(turns.try_take("a"));
}

TEST_F(TurnsTest, WhoWaitsGoesOnWhenItEnds) {
  auto held = turns.try_take("k");
  auto waiting = start_on(loops.at(1), turns.ended("k"));
  auto other = start_on(loops.at(1), turns.ended("other"));
  result_of(std::move(other));
  held = Turns::Turn();
  result_of(std::move(waiting));
}

TEST_F(TurnsTest, WorkIsDoneOnceForAllWhoWait) {
  std::atomic<int> made{0};
  std::atomic<int> value{0};
  auto held = turns.try_take("k");
  std::vector<std::future<int>> all;
  for (std::size_t i = 0; i < 50; ++i) {
    all.push_back(start_on(loops.at(i % 2), make_once(turns, made, value)));
  }
  held = Turns::Turn();
  for (auto& one : all) EXPECT_EQ(result_of(std::move(one)), 7);
  EXPECT_EQ(made.load(), 1);
}

}  // namespace
}  // namespace artifactapi::runtime
