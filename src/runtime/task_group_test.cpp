#include "runtime/task_group.h"

#include "runtime/testing/on_loop.h"

#include <gtest/gtest.h>

#include <atomic>

namespace artifactapi::runtime {
namespace {

class TaskGroupTest : public ::testing::Test {
 protected:
  TaskGroupTest() { loops.start(); }
  static Task<> wait_for(const Bell& bell, const std::atomic<bool>& go, std::atomic<int>& ended) {
    auto started = [&go] { return go.load(std::memory_order_seq_cst); };
    co_await bell.wait_until(started);
    ended.fetch_add(1, std::memory_order_seq_cst);
  }
  std::atomic<bool> go{false};
  std::atomic<int> ended{0};
  Loops loops{2};
  Bell bell{loops};
};

TEST_F(TaskGroupTest, IsIdleWhenNothingWasSpawned) {
  const TaskGroup group(loops);
  EXPECT_EQ(group.running(), 0U);
  EXPECT_TRUE(run_on(loops.at(0), group.idle(kNoDeadline)));
}

TEST_F(TaskGroupTest, IsIdleOnceEveryTaskOnEveryLoopHasEnded) {
  TaskGroup group(loops);
  for (std::size_t i = 0; i < 20; ++i) group.spawn(loops.at(i % 2), wait_for(bell, go, ended));
  EXPECT_EQ(group.running(), 20U);
  auto idle = start_on(loops.at(1), group.idle(kNoDeadline));
  go.store(true, std::memory_order_seq_cst);
  bell.ring();
  EXPECT_TRUE(result_of(std::move(idle)));
  EXPECT_EQ(ended, 20);
  EXPECT_EQ(group.running(), 0U);
}

TEST_F(TaskGroupTest, TheDeadlineEndsTheWaitWhileTasksGoOn) {
  TaskGroup group(loops);
  group.spawn(loops.at(0), wait_for(bell, go, ended));
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(10);
  EXPECT_FALSE(run_on(loops.at(0), group.idle(deadline)));
  EXPECT_EQ(group.running(), 1U);
  go.store(true, std::memory_order_seq_cst);
  bell.ring();
  EXPECT_TRUE(run_on(loops.at(0), group.idle(kNoDeadline)));
}

TEST_F(TaskGroupTest, ATaskRunsOnTheLoopItWasSpawnedOn) {
  TaskGroup group(loops);
  std::atomic<Loop*> ran_on{nullptr};
  auto note = [&ran_on]() -> Task<> {
    ran_on = Loop::current();
    co_return;
  };
  group.spawn(loops.at(1), note());
  EXPECT_TRUE(run_on(loops.at(0), group.idle(kNoDeadline)));
  EXPECT_EQ(ran_on, &loops.at(1));
}

TEST_F(TaskGroupTest, AnExceptionThatLeavesATaskEndsTheProcess) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        Loops own(1);
        own.start();
        TaskGroup group(own);
        auto thrower = []() -> Task<> {
          throw std::runtime_error("a bug");
          co_return;
        };
        group.spawn(own.at(0), thrower());
        run_on(own.at(0), group.idle(kNoDeadline));
      },
      "a bug");
}

}  // namespace
}  // namespace artifactapi::runtime
