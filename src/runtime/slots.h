// A counted bound that coroutines wait for: fills at once, connections to one origin.
#pragma once

#include "runtime/bell.h"

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

namespace artifactapi::runtime {

// Shared by all loops. A Slot gives its place back when it is destroyed.
class Slots {
 private:
  struct State {
    State(Loops& loops, std::size_t count) : free(count), bell(loops) {}
    std::atomic<std::size_t> free;
    Bell bell;
  };

 public:
  class Slot {
   public:
    Slot() = default;
    Slot(Slot&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}
    Slot& operator=(Slot&& other) noexcept {
      std::swap(state_, other.state_);
      return *this;
    }
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;
    ~Slot() {
      if (!state_) return;
      state_->free.fetch_add(1, std::memory_order_seq_cst);
      state_->bell.ring();
    }
    explicit operator bool() const { return state_ != nullptr; }

   private:
    friend class Slots;
    explicit Slot(std::shared_ptr<State> state) : state_(std::move(state)) {}
    std::shared_ptr<State> state_;
  };

  Slots(Loops& loops, std::size_t count) : state_(std::make_shared<State>(loops, count)) {}

  [[nodiscard]] Slot try_take() {
    auto seen = state_->free.load(std::memory_order_seq_cst);
    while (seen > 0) {
      if (state_->free.compare_exchange_weak(seen, seen - 1, std::memory_order_seq_cst)) return Slot(state_);
    }
    return Slot();
  }

  // An empty Slot when the deadline passed first.
  [[nodiscard]] Task<Slot> take(Deadline deadline) {
    auto state = state_;
    for (;;) {
      Slot slot = try_take();
      if (slot) co_return slot;
      auto any_free = [state] { return state->free.load(std::memory_order_seq_cst) > 0; };
      const bool freed = co_await state->bell.wait_until(any_free, deadline);
      if (!freed) co_return Slot();
    }
  }

 private:
  std::shared_ptr<State> state_;
};

}  // namespace artifactapi::runtime
