#include "app/parts.h"

#include "base/version.h"
#include "cache/damage.h"

#include <algorithm>
#include <fstream>
#include <sys/resource.h>
#include <unistd.h>
#include <utility>

namespace artifactapi::app {

namespace {

using telemetry::Metric;
using telemetry::Part;

constexpr std::size_t kPoolThreads = 8;       // disk and catalog
constexpr std::size_t kResolverThreads = 16;  // one dead nameserver holds a thread for many seconds
constexpr std::size_t kUndurable = 4096;      // decisions that may wait for the committer
constexpr std::size_t kRefusedKeys = 65'536;
constexpr std::size_t kUnstorableKeys = 16'384;
constexpr std::size_t kAnnouncedKeys = 4096;
constexpr std::size_t kFetchedAnewKeys = 4096;

telemetry::LogSettings log_settings(const config::Settings& settings) {
  telemetry::LogSettings log;
  const auto fallback = ::isatty(STDERR_FILENO) != 0 ? config::LogFormat::Text : config::LogFormat::Json;
  const bool text = settings.log_format.value_or(fallback) == config::LogFormat::Text;
  log.format = text ? telemetry::Format::Text : telemetry::Format::Json;
  switch (settings.log_level) {
    case config::LogLevel::Debug: log.level = telemetry::Level::Debug; break;
    case config::LogLevel::Info: log.level = telemetry::Level::Info; break;
    case config::LogLevel::Warning: log.level = telemetry::Level::Warning; break;
    case config::LogLevel::Error: log.level = telemetry::Level::Error; break;
  }
  return log;
}

// As many descriptors as the process may have; a quarter of them may be kept open for hits.
std::size_t descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

cache::HotLimits hot_limits(const config::Settings& settings, const blobs::Space& space) {
  cache::HotLimits limits;
  limits.bytes = settings.memory_cache_bytes;
  limits.descriptors = descriptor_limit() / 4;
  limits.only_here = space.limit() / 8;
  return limits;
}

cache::Counters cache_counters(telemetry::Metrics& metrics) {
  return cache::Counters{metrics.counter(Metric::Evictions),
                         metrics.counter(Metric::EvictedBytes),
                         metrics.counter(Metric::CommitFailures),
                         metrics.counter(Metric::CatalogErrors, {"sqlite"}),
                         metrics.counter(Metric::VerifiedBytes),
                         metrics.counter(Metric::DamagedBlobs),
                         metrics.counter(Metric::Renditions, {"identity"}),
                         metrics.counter(Metric::Renditions, {"gzip"})};
}

std::vector<std::unique_ptr<transport::Client>> clients(runtime::Loops& loops, std::size_t kept) {
  std::vector<std::unique_ptr<transport::Client>> made;
  for (std::size_t index = 0; index < loops.size(); ++index) {
    made.push_back(transport::make_client(loops.at(index), kept));
  }
  return made;
}

server::ServerLimits server_limits(const config::Timeouts& timeouts) {
  server::ServerLimits limits;
  limits.header_timeout = timeouts.header;
  limits.idle_timeout = timeouts.idle;
  limits.write_stall_timeout = timeouts.write_stall;
  // Load balancers need a moment to notice; a short drain time leaves them a tenth of it.
  limits.drain_delay = std::min(limits.drain_delay, timeouts.drain / 10);
  limits.tick =
      std::min(limits.tick, std::max(Milliseconds{50}, std::min(timeouts.header, timeouts.idle) / 4));
  return limits;
}

}  // namespace

Result<Opened> open_stores(const config::Settings& settings) {
  auto data_dir = blobs::DataDir::open(settings.data_dir);
  if (!data_dir) return std::unexpected(data_dir.error());
  auto opened = catalog::open_sqlite(data_dir->layout().catalog());
  if (!opened) return std::unexpected(opened.error());
  const auto stored = opened->catalog->stored();
  if (!stored) return std::unexpected(stored.error());
  blobs::SpaceLimit limit;
  if (settings.disk_limit.percent > 0) {
    limit.percent = settings.disk_limit.percent;
  } else {
    limit.bytes = settings.disk_limit.bytes;
  }
  auto space = blobs::Space::open(data_dir->layout().data(), limit, stored->bytes);
  if (!space) return std::unexpected(space.error());
  return Opened{std::move(*data_dir), std::move(opened->catalog), std::move(opened->warnings),
                std::move(*space)};
}

Application::Parts::Parts(const config::Settings& settings_in, Opened opened, ConfigSource source_in)
    : settings(settings_in),
      source(std::move(source_in)),
      log(log_settings(settings), clock),
      health(clock),
      counters(cache_counters(metrics)),
      data_dir(std::move(opened.data_dir)),
      catalog(std::move(opened.catalog)),
      space(std::move(opened.space)),
      blobs(data_dir.layout(), *space,
            [this](const Digest& digest) { cache::damaged_was_replaced(hot, counters, log, digest); }),
      loops(settings.threads),
      pool(kPoolThreads),
      resolver(loops, kResolverThreads),
      origins(loops, settings.max_origin_connections),
      upstream(clients(loops, settings.max_origin_connections), resolver, origins, clock,
               "artifactapi/" + std::string(kVersion)),
      hot(hot_limits(settings, *space)),
      committer(*catalog, blobs, recent, [this](const Result<void>& committed) { report(committed); }),
      evictor(*catalog, blobs, *space, hot, recent, committer, counters),
      fills(loops),
      fill_slots(loops, settings.max_fills),
      commit_slots(loops, kUndurable),
      refused(kRefusedKeys),
      unstorable(kUnstorableKeys),
      announced(kAnnouncedKeys),
      fetched_anew(kFetchedAnewKeys),
      engine(cache_services()),
      renditions(cache_services()),
      verifier(cache_services(), settings.verify_every),
      maintenance(loops, pool, *catalog, evictor, verifier, fills, clock),
      config_watch(loops, pool, {settings.config_path}, source.seen, [this] { return reload(); }) {
  for (const auto& warning : opened.warnings) log.warning("catalog", {{"detail", warning}});
  health.healthy(Part::Database);
  health.healthy(Part::Storage);
  health.healthy(Part::Config);
}

cache::CacheServices Application::Parts::cache_services() {
  return cache::CacheServices{clock,      log,       loops,        pool,         upstream,
                              *catalog,   blobs,     hot,          recent,       committer,
                              evictor,    fills,     fill_slots,   commit_slots, refused,
                              unstorable, announced, fetched_anew, counters};
}

void Application::Parts::report(const Result<void>& committed) {
  if (committed) {
    health.healthy(Part::Database);
    health.healthy(Part::Storage);
    return;
  }
  counters.commit_failures.inc();
  const auto& error = committed.error();
  health.degraded(error.code == Code::NoSpace ? Part::Storage : Part::Database, error.message);
  log.error("commit failed", {{"error", error.message}});
}

Result<void> Application::Parts::configure(const config::Remotes& remotes) {
  auto made = prepare(remotes, nullptr);
  if (!made) return std::unexpected(made.error());
  repositories = std::move(made->repositories);
  warn(made->warnings);
  artifacts = std::make_unique<api::Artifacts>(
      engine, renditions, api::PublicAddress{settings.public_url, settings.trusted_proxies}, log);
  rooted = std::make_unique<api::Rooted>(*artifacts, *catalog, pool);
  management = std::make_unique<api::Management>(api::ManagementServices{
      *catalog, pool, health, metrics, clock, std::string(kVersion), std::move(made->shown)});
  warming = std::make_unique<api::Warming>(engine, settings.max_origin_connections);
  router = std::make_unique<api::Router>(loops, repositories, *artifacts, *rooted, *management, *warming, log,
                                         metrics, clock);
  server =
      std::make_unique<server::Server>(loops, *router, pool, log, clock, server_limits(settings.timeouts));
  const auto certified = load_certificate();
  if (!certified) return certified;
  watch_metrics();
  return {};
}

// The bound address also goes into the data directory, for whoever let the kernel choose the port.
Result<void> Application::Parts::listen() {
  const auto bound = server->listen(settings.listen.host, settings.listen.port);
  if (!bound) return std::unexpected(bound.error());
  if (certificate_) server->use_certificate(certificate_);
  const auto shown =
      bound->address().is_v6() ? "[" + bound->address().to_string() + "]" : bound->address().to_string();
  const auto address = shown + ":" + std::to_string(bound->port());
  log.info("listening", {{"address", address},
                         {"tls", certificate_ != nullptr},
                         {"version", kVersion},
                         {"data_dir", settings.data_dir}});
  const auto path = data_dir.layout().data() / "address";
  std::ofstream file(path.string() + ".new");
  file << address << "\n";
  file.close();
  std::error_code ignored;
  std::filesystem::rename(path.string() + ".new", path, ignored);
  return {};
}

}  // namespace artifactapi::app
