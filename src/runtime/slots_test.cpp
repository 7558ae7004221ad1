#include "runtime/slots.h"

#include "runtime/testing/on_loop.h"

#include <gtest/gtest.h>

#include <atomic>
#include <vector>

namespace artifactapi::runtime {
namespace {

class SlotsTest : public ::testing::Test {
 protected:
  SlotsTest() { loops.start(); }
  std::future<Slots::Slot> take(Slots& slots, std::size_t loop, Deadline deadline = kNoDeadline) {
    return start_on(loops.at(loop), slots.take(deadline));
  }
  Loops loops{2};
};

TEST_F(SlotsTest, GivesAsManyAsThereAre) {
  Slots slots(loops, 2);
  auto first = slots.try_take();
  auto second = slots.try_take();
  EXPECT_TRUE(first);
  EXPECT_TRUE(second);
  EXPECT_FALSE(slots.try_take());
}

TEST_F(SlotsTest, ASlotIsGivenBackOnceHoweverOftenItMoved) {
  Slots slots(loops, 1);
  {
    auto first = slots.try_take();
    auto moved = std::move(first);
    Slots::Slot assigned;
    assigned = std::move(moved);
    EXPECT_TRUE(assigned);
    EXPECT_FALSE(slots.try_take());
  }
  auto one = slots.try_take();
  EXPECT_TRUE(one);
  EXPECT_FALSE(slots.try_take());
}

TEST_F(SlotsTest, ReplacingASlotByAnEmptyOneGivesItBack) {
  Slots slots(loops, 1);
  auto slot = slots.try_take();
  slot = Slots::Slot();
  EXPECT_TRUE(slots.try_take());
}

TEST_F(SlotsTest, ASlotGivenBackWakesAWaiterOnAnotherLoop) {
  Slots slots(loops, 1);
  auto held = slots.try_take();
  auto waiting = take(slots, 1);
  held = Slots::Slot();
  EXPECT_TRUE(result_of(std::move(waiting)));
}

TEST_F(SlotsTest, TheDeadlineGivesAnEmptySlot) {
  Slots slots(loops, 1);
  const auto held = slots.try_take();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(10);
  EXPECT_FALSE(result_of(take(slots, 0, deadline)));
}

TEST_F(SlotsTest, AFreeSlotIsGivenThoughTheDeadlineHasPassed) {
  Slots slots(loops, 1);
  EXPECT_TRUE(result_of(take(slots, 0, std::chrono::steady_clock::now())));
}

TEST_F(SlotsTest, ASlotMayOutliveItsSlots) {
  Slots::Slot slot;
  {
    Slots slots(loops, 1);
    slot = slots.try_take();
  }
  slot = Slots::Slot();
  EXPECT_FALSE(slot);
}

TEST_F(SlotsTest, NeverGivesMoreThanThereAreAndServesEveryWaiter) {
  constexpr int kSlots = 3;
  constexpr int kTurns = 200;
  Slots slots(loops, kSlots);
  std::atomic<int> taken{0};
  std::atomic<int> most{0};
  auto turns = [&]() -> Task<int> {
    int done = 0;
    for (; done < kTurns; ++done) {
      auto slot = co_await slots.take(kNoDeadline);
      const int now = taken.fetch_add(1) + 1;
      int seen = most.load();
      while (seen < now && !most.compare_exchange_weak(seen, now)) {
      }
      co_await boost::asio::post(Loop::current()->context(), boost::asio::use_awaitable);
      taken.fetch_sub(1);
    }
    co_return done;
  };
  std::vector<std::future<int>> takers;
  for (std::size_t i = 0; i < 16; ++i) takers.push_back(start_on(loops.at(i % loops.size()), turns()));
  for (auto& one : takers) EXPECT_EQ(result_of(std::move(one)), kTurns);
  EXPECT_LE(most, kSlots);
  EXPECT_EQ(taken, 0);
}

}  // namespace
}  // namespace artifactapi::runtime
