#include "runtime/blocking_pool.h"

#include "runtime/testing/on_loop.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <vector>

namespace artifactapi::runtime {
namespace {

class BlockingPoolTest : public ::testing::Test {
 protected:
  BlockingPoolTest() { loops.start(); }
  ~BlockingPoolTest() override { pool.join(); }
  Loops loops{2};
  BlockingPool pool{2};
};

TEST_F(BlockingPoolTest, OffloadRunsInThePoolAndResumesOnTheCallersLoop) {
  auto visit = [this]() -> Task<bool> {
    Loop* const before = Loop::current();
    auto work = [] { return Loop::current(); };
    Loop* const inside = co_await offload(pool, work);
    co_return inside == nullptr&& before != nullptr&& Loop::current() == before;
  };
  for (int i = 0; i < 50; ++i) {
    auto first = start_on(loops.at(0), visit());
    auto second = start_on(loops.at(1), visit());
    EXPECT_TRUE(result_of(std::move(first)));
    EXPECT_TRUE(result_of(std::move(second)));
  }
}

TEST_F(BlockingPoolTest, OffloadMovesWorkAndResult) {
  auto visit = [this]() -> Task<int> {
    auto work = [owned = std::make_unique<int>(7)]() mutable { return std::move(owned); };
    const auto result = co_await offload(pool, std::move(work));
    co_return *result;
  };
  EXPECT_EQ(run_on(loops.at(0), visit()), 7);
}

TEST_F(BlockingPoolTest, ABusyPoolDoesNotHoldUpALoop) {
  std::promise<void> hold;
  const auto held = hold.get_future().share();
  auto visit = [this, held]() -> Task<int> {
    auto work = [held] { return held.wait(), 1; };
    co_return co_await offload(pool, work);
  };
  std::vector<std::future<int>> visits;
  for (int i = 0; i < 4; ++i) visits.push_back(start_on(loops.at(0), visit()));
  auto free_loop = []() -> Task<int> { co_return 2; };
  EXPECT_EQ(run_on(loops.at(0), free_loop()), 2);
  hold.set_value();
  for (auto& one : visits) EXPECT_EQ(result_of(std::move(one)), 1);
}

TEST_F(BlockingPoolTest, CountsWhatHasNotBegun) {
  std::promise<void> hold;
  const auto held = hold.get_future().share();
  std::vector<std::promise<void>> begun(2);
  for (auto& one : begun) {
    pool.post([&one, held] {
      one.set_value();
      held.wait();
    });
  }
  for (auto& one : begun) one.get_future().wait();
  EXPECT_EQ(pool.waiting(), 0U);
  std::atomic<int> done{0};
  for (int i = 0; i < 3; ++i) pool.post([&done] { ++done; });
  EXPECT_EQ(pool.waiting(), 3U);
  hold.set_value();
  pool.join();
  EXPECT_EQ(pool.waiting(), 0U);
  EXPECT_EQ(done, 3);
}

TEST(BlockingPool, JoinFinishesWhatWasHandedIn) {
  std::atomic<int> done{0};
  BlockingPool pool(1);
  for (int i = 0; i < 100; ++i) pool.post([&done] { ++done; });
  pool.join();
  EXPECT_EQ(done, 100);
}

}  // namespace
}  // namespace artifactapi::runtime
