// Every metric there is: what the reference page lists and the exposition is made from.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace artifactapi::telemetry {

enum class Metric : std::uint8_t {
  BuildInfo,
  Requests,
  ResponseBytes,
  RequestDuration,
  BrokenResponses,
  RefusedRequests,
  OpenConnections,
  Connections,
  AcceptBackoffs,
  TimedOutConnections,
  TlsHandshakes,
  UpstreamRequests,
  UpstreamErrors,
  UpstreamBytes,
  UpstreamFirstByte,
  BreakerOpen,
  UpstreamQuota,
  FillsInProgress,
  FillsStarted,
  FillsJoined,
  HotEntries,
  HotBytes,
  HotDescriptors,
  DiskUsed,
  DiskLimit,
  Evictions,
  EvictedBytes,
  Commits,
  CommitFailures,
  VerifiedBytes,
  DamagedBlobs,
  Renditions,
  ContradictedDigests,
  CatalogErrors,
  BackEndUp,
  BlockingPoolWaiting,
  LogLinesDropped,
  ConfigReloads,
  ConfigInForce,
  CertificateReloads,
};
inline constexpr std::size_t kMetrics = static_cast<std::size_t>(Metric::CertificateReloads) + 1;

enum class MetricKind : std::uint8_t { Counter, Gauge, Histogram };

struct MetricInfo {
  Metric metric;
  std::string_view name;
  MetricKind kind;
  std::string_view help;
  std::vector<std::string_view> labels;  // names; their values come from closed lists or the configuration
};

// In the order of the enumeration.
[[nodiscard]] const std::vector<MetricInfo>& catalogue();
[[nodiscard]] const MetricInfo& info(Metric metric);
[[nodiscard]] std::string_view to_string(MetricKind kind);

// Upper bounds in seconds.
inline constexpr std::array<double, 14> kLatencyBuckets{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                                        0.1,    0.25,  0.5,    1,     2.5,  10,    60};

}  // namespace artifactapi::telemetry
