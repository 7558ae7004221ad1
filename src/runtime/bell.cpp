#include "runtime/bell.h"

namespace artifactapi::runtime {

Bell::Bell(Loops& loops) : state_(std::make_shared<State>(loops)) {}

void Bell::ring() const {
  const Loop* here = Loop::current();
  for (std::size_t index = 0; index < state_->slots.size(); ++index) {
    Slot& slot = state_->slots[index];
    if (!slot.interested.load(std::memory_order_seq_cst)) continue;
    // Whoever waits on the ringer's own loop is not resumed before the ringer lets go of the thread.
    if (here == &state_->loops.at(index)) {
      wake(slot);
      continue;
    }
    if (slot.pending.exchange(true, std::memory_order_acq_rel)) continue;
    state_->loops.at(index).post([state = state_, index] {
      state->slots[index].pending.store(false, std::memory_order_seq_cst);
      wake(state->slots[index]);
    });
  }
}

Task<> Bell::after_woken() {
  co_await boost::asio::post(kAsTuple);  // behind a wake that was queued
  co_await boost::asio::post(kAsTuple);  // behind those it resumed
}

void Bell::wake(Slot& slot) {
  slot.interested.store(false, std::memory_order_seq_cst);
  for (Waiter& waiter : slot.waiters) waiter.timer.cancel();
}

}  // namespace artifactapi::runtime
