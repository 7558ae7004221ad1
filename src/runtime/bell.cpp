#include "runtime/bell.h"

namespace artifactapi::runtime {

Bell::Bell(Loops& loops) : state_(std::make_shared<State>(loops)) {}

void Bell::ring() const {
  for (std::size_t index = 0; index < state_->slots.size(); ++index) {
    Slot& slot = state_->slots[index];
    if (!slot.interested.load(std::memory_order_seq_cst)) continue;
    if (slot.pending.exchange(true, std::memory_order_acq_rel)) continue;
    state_->loops.at(index).post([state = state_, index] { wake(state->slots[index]); });
  }
}

Task<> Bell::after_woken() {
  co_await boost::asio::post(kAsTuple);  // behind the wake that was queued
  co_await boost::asio::post(kAsTuple);  // behind those it resumed
}

void Bell::wake(Slot& slot) {
  slot.pending.store(false, std::memory_order_seq_cst);
  slot.interested.store(false, std::memory_order_seq_cst);
  for (auto* timer : slot.waiters) timer->cancel();
}

}  // namespace artifactapi::runtime
