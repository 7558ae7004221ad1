// One at a time for each key: work that would be done twice is done once, and seen by those who came
// meanwhile.
//
//   for (;;) {
//     if (auto made = find(key)) co_return made;
//     auto turn = turns.try_take(key);
//     if (turn) { ... look once more, make it ...; co_return it; }
//     co_await turns.ended(key);
//   }
#pragma once

#include "runtime/bell.h"

#include <memory>
#include <mutex>
#include <string>
#include <unordered_set>
#include <utility>

namespace artifactapi::runtime {

// Shared by all loops. A Turn ends when it is destroyed, on any thread.
class Turns {
 private:
  struct State {
    explicit State(Loops& loops) : bell(loops) {}
    [[nodiscard]] bool is_taken(const std::string& key) {
      const std::lock_guard lock(mutex);
      return taken.contains(key);
    }
    std::mutex mutex;
    std::unordered_set<std::string> taken;
    Bell bell;
  };

 public:
  class Turn {
   public:
    Turn() = default;
    Turn(Turn&& other) noexcept : state_(std::exchange(other.state_, nullptr)), key_(std::move(other.key_)) {}
    Turn& operator=(Turn&& other) noexcept {
      std::swap(state_, other.state_);
      std::swap(key_, other.key_);
      return *this;
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() {
      if (!state_) return;
      {
        const std::lock_guard lock(state_->mutex);
        state_->taken.erase(key_);
      }
      state_->bell.ring();
    }
    explicit operator bool() const { return state_ != nullptr; }

   private:
    friend class Turns;
    Turn(std::shared_ptr<State> state, std::string key) : state_(std::move(state)), key_(std::move(key)) {}
    std::shared_ptr<State> state_;
    std::string key_;
  };

  explicit Turns(Loops& loops) : state_(std::make_shared<State>(loops)) {}

  // An empty one when somebody has it.
  [[nodiscard]] Turn try_take(const std::string& key) {
    const std::lock_guard lock(state_->mutex);
    return state_->taken.insert(key).second ? Turn(state_, key) : Turn();
  }

  // Suspends until nobody has it. On a loop thread.
  [[nodiscard]] Task<> ended(std::string key) {
    auto state = state_;
    auto is_free = [&state, &key] { return !state->is_taken(key); };
    co_await state->bell.wait_until(is_free);
  }

 private:
  std::shared_ptr<State> state_;
};

}  // namespace artifactapi::runtime
