// Stops asking an origin that does not answer, so that its requests fail at once instead of at a time-out.
#pragma once

#include "base/clock.h"

#include <atomic>
#include <cstdint>

namespace artifactapi::upstream {

// Shared by all loops; lock-free. Opens after kThreshold network failures in a row and then lets one request
// through each kProbeEvery, until one of them gets an answer. An HTTP error is an answer.
class Breaker {
 public:
  static constexpr std::uint32_t kThreshold = 5;
  static constexpr Milliseconds kProbeEvery{1000};

  // Whether a request may go out now.
  [[nodiscard]] bool admit(Time now);
  void succeeded() { failures_.store(0, std::memory_order_relaxed); }
  void failed(Time now);
  [[nodiscard]] bool open() const { return failures_.load(std::memory_order_relaxed) >= kThreshold; }

 private:
  std::atomic<std::uint32_t> failures_{0};
  std::atomic<std::int64_t> next_probe_{0};  // milliseconds since the epoch
};

}  // namespace artifactapi::upstream
