// Wakes coroutines on any loop when something they look at has changed.
//
// The one who changes state stores it (sequentially consistent) and rings; a waiter hands in a predicate
// over that state. However often a bell is rung, at most one wake is queued per loop, so a fill that moves
// on a thousand times a second costs its hundred followers no more than they can take.
#pragma once

#include "runtime/loop.h"
#include "runtime/task.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <vector>

namespace artifactapi::runtime {

using Deadline = std::chrono::steady_clock::time_point;
inline constexpr Deadline kNoDeadline = Deadline::max();

class Bell {
 public:
  explicit Bell(Loops& loops);

  // Wakes everyone who waits. Any thread; never blocks.
  void ring() const;

  // Suspends until `ready()` holds (true) or the deadline has passed (false). Only on a loop thread;
  // `ready` is called on that thread and must outlive the call, as all it refers to.
  template <class Ready>
  Task<bool> wait_until(Ready ready, Deadline deadline = kNoDeadline) const;

  // Suspends until those on this loop whom a ring has just woken have had their turn.
  [[nodiscard]] static Task<> after_woken();

 private:
  // In the frame of whoever waits.
  struct Waiter : boost::intrusive::list_base_hook<
                      boost::intrusive::link_mode<boost::intrusive::link_mode_type::auto_unlink>> {
    explicit Waiter(boost::asio::io_context& context) : timer(context) {}
    boost::asio::steady_timer timer;
  };
  struct Slot {
    std::atomic<bool> interested{false};
    std::atomic<bool> pending{false};
    // Touched on the slot's own loop only.
    boost::intrusive::list<Waiter, boost::intrusive::constant_time_size<false>> waiters;
  };
  struct State {
    explicit State(Loops& loops_in) : loops(loops_in), slots(loops_in.size()) {}
    Loops& loops;
    std::vector<Slot> slots;
  };
  // On the slot's own loop; none of those it wakes is resumed before it returns.
  static void wake(Slot& slot);

  std::shared_ptr<State> state_;  // shared with wakes that are still queued
};

template <class Ready>
Task<bool> Bell::wait_until(Ready ready, Deadline deadline) const {
  const auto state = state_;
  Loop& loop = *Loop::current();
  Slot& slot = state->slots[loop.index()];
  Waiter waiter(loop.context());
  while (!ready()) {
    if (deadline != kNoDeadline && std::chrono::steady_clock::now() >= deadline) co_return false;
    waiter.timer.expires_at(deadline);
    slot.waiters.push_back(waiter);
    slot.interested.store(true, std::memory_order_seq_cst);
    if (!ready()) co_await waiter.timer.async_wait(kAsTuple);  // a ring before this line found us interested
    waiter.unlink();
  }
  co_return true;
}

}  // namespace artifactapi::runtime
