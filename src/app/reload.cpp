// A new configuration while serving: read and made beside the one in force, then swapped in, or refused.
#include "app/parts.h"
#include "config/redact.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace artifactapi::app {

using telemetry::Metric;
using telemetry::Part;

namespace {

constexpr std::size_t kErrorsTold = 5;

std::string told(const config::Diagnostics& findings) {
  std::string text;
  std::size_t errors = 0;
  for (const auto& finding : findings) {
    if (finding.severity != config::Severity::Error || ++errors > kErrorsTold) continue;
    text += (text.empty() ? "" : "; ") + config::to_string(finding);
  }
  if (errors > kErrorsTold) text += fmt::format("; and {} more errors", errors - kErrorsTold);
  return text;
}

}  // namespace

Result<Application::Parts::Prepared> Application::Parts::prepare(const config::Remotes& remotes,
                                                                 const repository::Repositories* before) {
  const upstream::UpstreamTimeouts timeouts{settings.timeouts.upstream_connect,
                                            settings.timeouts.upstream_first_byte,
                                            settings.timeouts.upstream_idle};
  const repository::Workshop workshop{origins, metrics, settings.proxies, timeouts};
  auto made = repository::Repositories::make(remotes, workshop, before);
  if (!made) return std::unexpected(made.error());
  return Prepared{std::move(*made), remotes.warnings, config::redacted_json(remotes, settings)};
}

Result<Application::Parts::Prepared> Application::Parts::read_again() {
  const auto remotes = source.load();
  if (!remotes) return fail(Code::Invalid, told(remotes.error()));
  return prepare(*remotes, repositories.get());
}

// What answers change in steps: first nothing new comes into memory for what ends, then what is there ends,
// then each loop goes over to the new snapshot. A request sees one snapshot from its beginning to its end.
runtime::Task<> Application::Parts::reload() {
  auto read = [this] { return read_again(); };
  auto prepared = co_await runtime::offload(pool, std::move(read));
  if (!prepared) {
    metrics.counter(Metric::ConfigReloads, {"refused"}).inc();
    config_in_force.store(false);
    config_error_ = prepared.error().message;
    tell_health();
    log.error("configuration refused, the one in force stays", {{"error", prepared.error().message}});
    co_return;
  }
  auto before = std::exchange(repositories, std::move(prepared->repositories));
  const auto ended = repositories->ended_since(*before);
  auto end = [this, &ended] {
    end_answers(ended);
    return true;
  };
  co_await runtime::offload(pool, std::move(end));
  co_await router->install(repositories);
  management->show_config(std::move(prepared->shown));
  for (const auto* repository : ended) {
    metrics.unwatch(Metric::BreakerOpen, {repository->settings.name});
    metrics.unwatch(Metric::UpstreamQuota, {repository->settings.name});
  }
  watch_upstreams();
  metrics.counter(Metric::ConfigReloads, {"applied"}).inc();
  config_in_force.store(true);
  config_error_.clear();
  tell_health();
  warn(prepared->warnings);
  log.info("configuration applied", {{"repositories", repositories->all().size()},
                                     {"removed_or_changed", ended.size()},
                                     {"note", "flags and environment take a restart"}});
  // Thousands of patterns take a while to free.
  auto release = [this, old = std::move(before)]() mutable {
    old.reset();
    origins.forget_unused();
    return true;
  };
  co_await runtime::offload(pool, std::move(release));
}

void Application::Parts::end_answers(const std::vector<const repository::Repository*>& ended) {
  std::set<std::string, std::less<>> names;
  for (const auto* repository : ended) {
    if (repository->profile) repository->profile->ended.store(true);
    names.insert(repository->settings.name);
  }
  if (names.empty()) return;
  hot.kill_repositories(names);
  refused.forget_if([&names](std::string_view key) { return names.contains(key.substr(0, key.find('/'))); });
}

Result<void> Application::Parts::load_certificate() {
  if (settings.tls_cert.empty()) return {};
  const std::vector<std::string> files{settings.tls_cert, settings.tls_key};
  auto seen = runtime::fingerprint(files);
  auto loaded = server::TlsContext::load(settings.tls_cert, settings.tls_key);
  if (!loaded) return std::unexpected(loaded.error());
  certificate_ = std::move(*loaded);
  certificate_watch = std::make_unique<runtime::FileWatch>(loops, pool, files, std::move(seen),
                                                           [this] { return reload_certificate(); });
  return {};
}

runtime::Task<> Application::Parts::reload_certificate() {
  auto load = [this] { return server::TlsContext::load(settings.tls_cert, settings.tls_key); };
  const auto loaded = co_await runtime::offload(pool, std::move(load));
  metrics.counter(Metric::CertificateReloads, {loaded ? "applied" : "refused"}).inc();
  certificate_error_ = loaded ? "" : loaded.error().message;
  tell_health();
  if (loaded) {
    server->use_certificate(*loaded);
    log.info("certificate applied", {{"certificate", settings.tls_cert}});
  } else {
    log.error("certificate refused, the one in force stays", {{"error", loaded.error().message}});
  }
}

void Application::Parts::reload_all() {
  config_watch.ask();
  if (certificate_watch) certificate_watch->ask();
}

void Application::Parts::tell_health() {
  const bool both = !config_error_.empty() && !certificate_error_.empty();
  const auto error = config_error_ + (both ? "; " : "") + certificate_error_;
  if (error.empty()) {
    health.healthy(Part::Config);
  } else {
    health.degraded(Part::Config, error);
  }
}

void Application::Parts::warn(const config::Diagnostics& warnings) {
  for (const auto& warning : warnings) {
    log.warning("configuration", {{"detail", config::to_string(warning)}});
  }
}

}  // namespace artifactapi::app
