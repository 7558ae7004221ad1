// What is counted of the requests to one remote's upstream.
#pragma once

#include "base/result.h"
#include "telemetry/metrics.h"

#include <array>
#include <chrono>
#include <string_view>

namespace artifactapi::upstream {

// An empty one counts nothing.
class RemoteMetrics {
 public:
  RemoteMetrics() = default;
  RemoteMetrics(telemetry::Metrics& metrics, std::string_view remote);

  void answered(int status, std::chrono::microseconds after) const;
  void failed(Code code) const { errors_[static_cast<std::size_t>(code)].inc(); }

 private:
  static constexpr std::size_t kClasses = 5;
  static constexpr std::size_t kCodes = static_cast<std::size_t>(Code::Internal) + 1;
  std::array<telemetry::Counter, kClasses> requests_;
  std::array<telemetry::Counter, kCodes> errors_;
  telemetry::Histogram first_byte_;
};

}  // namespace artifactapi::upstream
