// The metrics that others keep and that are read at each scrape.
#include "app/parts.h"
#include "base/version.h"

namespace artifactapi::app {

using telemetry::Metric;

void Application::Parts::watch_metrics() {
  metrics.watch(Metric::BuildInfo, {kVersion}, [] { return 1.0; });
  const auto watch = [this](Metric metric, auto read) {
    metrics.watch(metric, {}, [read] { return static_cast<double>(read()); });
  };
  watch(Metric::OpenConnections, [this] { return server->counts().open_connections; });
  watch(Metric::Connections, [this] { return server->counts().connections; });
  watch(Metric::AcceptBackoffs, [this] { return server->counts().accept_backoffs; });
  watch(Metric::RefusedRequests, [this] { return server->counts().refused_requests; });
  watch(Metric::TimedOutConnections, [this] { return server->counts().timed_out; });
  if (certificate_watch) {
    metrics.watch(Metric::TlsHandshakes, {"done"},
                  [this] { return static_cast<double>(server->counts().tls_handshakes); });
    metrics.watch(Metric::TlsHandshakes, {"failed"},
                  [this] { return static_cast<double>(server->counts().tls_failures); });
    for (const auto* result : {"applied", "refused"}) {
      (void)metrics.counter(Metric::CertificateReloads, {result});
    }
  }
  watch(Metric::FillsInProgress, [this] { return engine.fills_running(); });
  watch(Metric::HotEntries, [this] { return hot.usage().entries; });
  watch(Metric::HotBytes, [this] { return hot.usage().bytes; });
  watch(Metric::HotDescriptors, [this] { return hot.usage().descriptors; });
  watch(Metric::DiskUsed, [this] { return space->used(); });
  watch(Metric::DiskLimit, [this] { return space->limit(); });
  watch(Metric::Commits, [this] { return committer.committed(); });
  watch(Metric::BlockingPoolWaiting, [this] { return pool.waiting(); });
  watch(Metric::LogLinesDropped, [this] { return log.dropped(); });
  metrics.watch(Metric::BackEndUp, {"catalog"}, [this] {
    return health.state(telemetry::Part::Database).status == telemetry::PartStatus::Healthy ? 1.0 : 0.0;
  });
  for (const auto* result : {"applied", "refused"}) {
    (void)metrics.counter(Metric::ConfigReloads, {result});  // shown as 0 before the first
  }
  metrics.watch(Metric::ConfigInForce, {}, [this] { return config_in_force.load() ? 1.0 : 0.0; });
  watch_upstreams();
}

void Application::Parts::watch_upstreams() {
  for (const auto& repository : repositories->all()) {
    if (!repository->profile) continue;
    const auto state = repository->profile->origin->health;
    metrics.watch(Metric::BreakerOpen, {repository->settings.name},
                  [state] { return state->breaker.open() ? 1.0 : 0.0; });
    metrics.watch(Metric::UpstreamQuota, {repository->settings.name},
                  [quota = repository->profile->origin->metrics.quota()] { return quota->load(); });
  }
}

}  // namespace artifactapi::app
