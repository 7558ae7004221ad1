// What is counted of the requests to one remote's upstream.
#pragma once

#include "base/result.h"
#include "telemetry/metrics.h"

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace artifactapi::upstream {

// An empty one counts nothing.
class RemoteMetrics {
 public:
  RemoteMetrics() = default;
  RemoteMetrics(telemetry::Metrics& metrics, std::string_view remote);

  void answered(int status, std::chrono::microseconds after) const;
  void failed(Code code) const { errors_[static_cast<std::size_t>(code)].inc(); }

  // What upstream says it still allows.
  void quota_left(std::uint64_t requests) const {
    if (quota_) quota_->store(static_cast<double>(requests), std::memory_order_relaxed);
  }
  // Not a number until upstream said anything; null for an empty RemoteMetrics.
  [[nodiscard]] std::shared_ptr<const std::atomic<double>> quota() const { return quota_; }

 private:
  static constexpr std::size_t kClasses = 5;
  static constexpr std::size_t kCodes = static_cast<std::size_t>(Code::Internal) + 1;
  std::array<telemetry::Counter, kClasses> requests_;
  std::array<telemetry::Counter, kCodes> errors_;
  telemetry::Histogram first_byte_;
  std::shared_ptr<std::atomic<double>> quota_;
};

}  // namespace artifactapi::upstream
