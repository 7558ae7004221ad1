#include "runtime/bell.h"

#include "runtime/testing/on_loop.h"

#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <thread>
#include <vector>

namespace artifactapi::runtime {
namespace {

Task<bool> wait_for(const Bell& bell, const std::atomic<int>& state, int wanted, Deadline deadline) {
  auto reached = [&state, wanted] { return state.load(std::memory_order_seq_cst) >= wanted; };
  co_return co_await bell.wait_until(reached, deadline);
}

// Runs what is queued on a loop before this call.
void settle(Loop& loop) {
  std::promise<void> passed;
  loop.post([&] { passed.set_value(); });
  passed.get_future().get();
}

class BellTest : public ::testing::Test {
 protected:
  BellTest() { loops.start(); }
  std::future<bool> wait(std::size_t loop, int wanted, Deadline deadline = kNoDeadline) {
    return start_on(loops.at(loop), wait_for(bell, state, wanted, deadline));
  }
  void change(int value) {
    state.store(value, std::memory_order_seq_cst);
    bell.ring();
  }
  static bool is_ready(const std::future<bool>& future) {
    return future.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  }
  static Deadline in(std::chrono::milliseconds span) { return std::chrono::steady_clock::now() + span; }

  std::atomic<int> state{0};
  Loops loops{3};
  Bell bell{loops};
};

TEST_F(BellTest, DoesNotSuspendForWhatHoldsAlready) {
  state = 1;
  EXPECT_TRUE(result_of(wait(0, 1)));
}

TEST_F(BellTest, WhatHoldsAlreadyWinsOverADeadlineThatHasPassed) {
  state = 1;
  EXPECT_TRUE(result_of(wait(0, 1, in(std::chrono::milliseconds(-1)))));
}

TEST_F(BellTest, WakesWaitersOnEveryLoop) {
  std::vector<std::future<bool>> waiting;
  for (std::size_t i = 0; i < 30; ++i) waiting.push_back(wait(i % loops.size(), 1));
  for (std::size_t i = 0; i < loops.size(); ++i) settle(loops.at(i));
  change(1);
  for (auto& one : waiting) EXPECT_TRUE(result_of(std::move(one)));
}

TEST_F(BellTest, ARingWithoutTheConditionLeavesWaitersWaiting) {
  auto waiting = wait(0, 2);
  settle(loops.at(0));
  change(1);
  settle(loops.at(0));
  settle(loops.at(0));
  EXPECT_FALSE(is_ready(waiting));
  change(2);
  EXPECT_TRUE(result_of(std::move(waiting)));
}

TEST_F(BellTest, EachWaiterHasItsOwnCondition) {
  auto early = wait(0, 1);
  auto late = wait(0, 2);
  settle(loops.at(0));
  change(1);
  EXPECT_TRUE(result_of(std::move(early)));
  EXPECT_FALSE(is_ready(late));
  change(2);
  EXPECT_TRUE(result_of(std::move(late)));
}

TEST_F(BellTest, TheDeadlineEndsAWaitWithFalse) {
  const auto deadline = in(std::chrono::milliseconds(20));
  EXPECT_FALSE(result_of(wait(0, 1, deadline)));
  EXPECT_GE(std::chrono::steady_clock::now(), deadline);
}

TEST_F(BellTest, RingsDoNotPutTheDeadlineOff) {
  auto waiting = wait(0, 1, in(std::chrono::milliseconds(50)));
  while (!is_ready(waiting)) {
    bell.ring();
    std::this_thread::yield();
  }
  EXPECT_FALSE(waiting.get());
}

TEST_F(BellTest, ARingFromTheWaitersLoopResumesNobodyBeforeTheRingerIsDone) {
  auto waiting = wait(0, 1);
  settle(loops.at(0));
  bool resumed_at_once = true;
  loops.at(0).post([&] {
    change(1);
    resumed_at_once = is_ready(waiting);
  });
  settle(loops.at(0));
  EXPECT_TRUE(result_of(std::move(waiting)));
  EXPECT_FALSE(resumed_at_once);
}

TEST_F(BellTest, MayBeDestroyedWithAWakeStillQueued) {
  auto passing = std::make_optional<Bell>(loops);
  std::promise<void> hold;
  std::promise<void> held;
  auto waiting = start_on(loops.at(0), wait_for(*passing, state, 1, kNoDeadline));
  settle(loops.at(0));
  loops.at(0).post([&] {
    held.set_value();
    hold.get_future().wait();
  });
  held.get_future().wait();
  state = 1;
  passing->ring();
  passing.reset();
  hold.set_value();
  EXPECT_TRUE(result_of(std::move(waiting)));
}

// Every step waits for one that only a waiter on another loop makes after it was woken: one lost wake stops
// all.
TEST_F(BellTest, LosesNoWakeBetweenLoops) {
  constexpr int kSteps = 4000;
  auto player = [this](int mine) -> Task<bool> {
    const auto players = static_cast<int>(loops.size());
    for (int step = mine; step < kSteps; step += players) {
      const bool moved = co_await wait_for(bell, state, step, kNoDeadline);
      if (!moved) co_return false;
      state.store(step + 1, std::memory_order_seq_cst);
      bell.ring();
    }
    co_return true;
  };
  std::vector<std::future<bool>> playing;
  for (std::size_t i = 0; i < loops.size(); ++i) {
    playing.push_back(start_on(loops.at(i), player(static_cast<int>(i))));
  }
  for (auto& one : playing) EXPECT_TRUE(result_of(std::move(one)));
}

TEST_F(BellTest, LosesNoWakeOfManyRingingThreads) {
  constexpr int kThreads = 4;
  constexpr int kRings = 5000;
  auto follow = [this](int every) -> Task<bool> {
    for (int seen = 0; seen < kThreads * kRings;) {
      const int wanted = std::min(seen + every, kThreads * kRings);
      const bool moved = co_await wait_for(bell, state, wanted, kNoDeadline);
      if (!moved) co_return false;
      seen = state.load(std::memory_order_seq_cst);
    }
    co_return true;
  };
  std::vector<std::future<bool>> following;
  for (std::size_t i = 0; i < 12; ++i) {
    following.push_back(start_on(loops.at(i % loops.size()), follow(static_cast<int>(i % 3) + 1)));
  }
  std::vector<std::jthread> ringing;
  for (int i = 0; i < kThreads; ++i) {
    ringing.emplace_back([this] {
      for (int n = 0; n < kRings; ++n) {
        state.fetch_add(1, std::memory_order_seq_cst);
        bell.ring();
      }
    });
  }
  for (auto& one : following) EXPECT_TRUE(result_of(std::move(one)));
}

}  // namespace
}  // namespace artifactapi::runtime
