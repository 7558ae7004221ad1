// Owner of coroutines that run beside their starter: the only place that spawns detached work.
#pragma once

#include "runtime/bell.h"
#include "runtime/loop.h"
#include "runtime/task.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <cstddef>
#include <functional>
#include <memory>

namespace artifactapi::runtime {

// Tasks may be spawned from any thread onto any loop; `idle()` is awaited once nothing new is spawned.
class TaskGroup {
 public:
  explicit TaskGroup(Loops& loops) : state_(std::make_shared<State>(loops)) {}

  // Starts `task` on `loop`. What it owns lives in its frame; an exception that leaves it ends the process,
  // since it can only be a bug.
  void spawn(Loop& loop, Task<> task) {
    state_->running.fetch_add(1, std::memory_order_seq_cst);
    auto ended = [state = state_](std::exception_ptr failure) {
      if (failure) std::rethrow_exception(failure);
      if (state->running.fetch_sub(1, std::memory_order_seq_cst) == 1) state->bell.ring();
    };
    boost::asio::co_spawn(loop.context(), std::move(task), std::move(ended));
  }

  [[nodiscard]] std::size_t running() const { return state_->running.load(std::memory_order_seq_cst); }

  // Suspends until no task runs (true) or the deadline has passed (false).
  [[nodiscard]] Task<bool> idle(Deadline deadline) const {
    auto state = state_;
    auto none = [state] { return state->running.load(std::memory_order_seq_cst) == 0; };
    co_return co_await state->bell.wait_until(none, deadline);
  }

 private:
  struct State {
    explicit State(Loops& loops) : bell(loops) {}
    std::atomic<std::size_t> running{0};
    Bell bell;
  };
  std::shared_ptr<State> state_;
};

}  // namespace artifactapi::runtime
