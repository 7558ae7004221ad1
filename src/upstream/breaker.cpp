#include "upstream/breaker.h"

namespace artifactapi::upstream {

bool Breaker::admit(Time now) {
  if (!open()) return true;
  auto due = next_probe_.load(std::memory_order_relaxed);
  const auto at = now.time_since_epoch().count();
  // A clock set back must not keep the breaker open for longer than one interval.
  const bool too_far = due - at > kProbeEvery.count();
  if (at < due && !too_far) return false;
  return next_probe_.compare_exchange_strong(due, at + kProbeEvery.count(), std::memory_order_relaxed);
}

void Breaker::failed(Time now) {
  const auto before = failures_.fetch_add(1, std::memory_order_relaxed);
  if (before + 1 == kThreshold) {
    next_probe_.store((now + kProbeEvery).time_since_epoch().count(), std::memory_order_relaxed);
  }
}

}  // namespace artifactapi::upstream
