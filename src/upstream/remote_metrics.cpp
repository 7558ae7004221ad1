#include "upstream/remote_metrics.h"

#include <algorithm>
#include <limits>
#include <string>

namespace artifactapi::upstream {

using telemetry::Metric;

RemoteMetrics::RemoteMetrics(telemetry::Metrics& metrics, std::string_view remote)
    : first_byte_(metrics.histogram(Metric::UpstreamFirstByte, {remote})),
      quota_(std::make_shared<std::atomic<double>>(std::numeric_limits<double>::quiet_NaN())) {
  for (std::size_t i = 0; i < kClasses; ++i) {
    const auto name = std::to_string(i + 1) + "xx";
    requests_[i] = metrics.counter(Metric::UpstreamRequests, {remote, name});
  }
  for (std::size_t i = 0; i < kCodes; ++i) {
    errors_[i] = metrics.counter(Metric::UpstreamErrors, {remote, to_string(static_cast<Code>(i))});
  }
}

void RemoteMetrics::answered(int status, std::chrono::microseconds after) const {
  requests_[static_cast<std::size_t>(std::clamp(status / 100, 1, 5) - 1)].inc();
  first_byte_.observe(after);
}

}  // namespace artifactapi::upstream
