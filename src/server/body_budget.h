// Bounds the memory that request bodies may take together, however many clients send one.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

namespace artifactapi::server {

// Any thread. Outlives its shares.
class BodyBudget {
 public:
  // Gives its bytes back when destroyed; an empty one is a refusal.
  class Share {
   public:
    Share() = default;
    Share(Share&& other) noexcept
        : budget_(std::exchange(other.budget_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
    Share& operator=(Share&& other) noexcept {
      std::swap(budget_, other.budget_);
      std::swap(bytes_, other.bytes_);
      return *this;
    }
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;
    ~Share() {
      if (budget_) budget_->taken_.fetch_sub(bytes_, std::memory_order_relaxed);
    }
    explicit operator bool() const { return budget_ != nullptr; }
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
    // So many bytes more; false: there are no more, and the share is as before. Not of an empty one.
    [[nodiscard]] bool extend(std::uint64_t bytes) {
      auto more = budget_->take(bytes);
      if (!more) return false;
      more.budget_ = nullptr;
      bytes_ += bytes;
      return true;
    }

   private:
    friend class BodyBudget;
    Share(BodyBudget* budget, std::uint64_t bytes) : budget_(budget), bytes_(bytes) {}
    BodyBudget* budget_ = nullptr;
    std::uint64_t bytes_ = 0;
  };

  explicit BodyBudget(std::uint64_t bytes) : bytes_(bytes) {}

  [[nodiscard]] Share take(std::uint64_t bytes) {
    const std::uint64_t before = taken_.fetch_add(bytes, std::memory_order_relaxed);
    Share share(this, bytes);
    return before + bytes <= bytes_ ? std::move(share) : Share();
  }

 private:
  std::uint64_t bytes_;
  std::atomic<std::uint64_t> taken_{0};
};

}  // namespace artifactapi::server
