// Everything the process is made of, in the order it is made. Destroyed backwards, when no loop runs any
// more.
#pragma once

#include "api/artifacts.h"
#include "api/management.h"
#include "api/router.h"
#include "api/warming/warming.h"
#include "app/application.h"
#include "blobs/data_dir.h"
#include "blobs/local_blobs.h"
#include "blobs/space.h"
#include "cache/cache_services.h"
#include "cache/engine.h"
#include "cache/maintenance.h"
#include "cache/renditions.h"
#include "cache/verifier.h"
#include "catalog/sqlite_catalog.h"
#include "repository/repository.h"
#include "runtime/file_watch.h"
#include "runtime/resolver.h"
#include "server/server.h"
#include "telemetry/health.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"
#include "upstream/http_upstream.h"

#include <filesystem>
#include <memory>

namespace artifactapi::app {

// What can fail to open, opened.
struct Opened {
  blobs::DataDir data_dir;
  std::unique_ptr<catalog::Catalog> catalog;
  std::vector<std::string> warnings;
  std::unique_ptr<blobs::Space> space;
};
[[nodiscard]] Result<Opened> open_stores(const config::Settings& settings);

struct Application::Parts {
  Parts(const config::Settings& settings_in, Opened opened, ConfigSource source_in);

  const config::Settings settings;
  const ConfigSource source;
  SystemClock clock;
  telemetry::Log log;
  telemetry::Metrics metrics;
  telemetry::Health health;
  cache::Counters counters;

  blobs::DataDir data_dir;
  std::unique_ptr<catalog::Catalog> catalog;
  std::unique_ptr<blobs::Space> space;
  blobs::LocalBlobs blobs;

  runtime::Loops loops;
  runtime::BlockingPool pool;
  runtime::Resolver resolver;
  upstream::Origins origins;
  upstream::HttpUpstream upstream;

  cache::Hot hot;
  cache::RecentCommits recent;
  cache::Committer committer;
  cache::Evictor evictor;
  cache::FillTable fills;
  runtime::Slots fill_slots;
  runtime::Slots commit_slots;
  cache::ExpiringMap<cache::Remembered> refused;
  cache::ExpiringMap<bool> unstorable;
  cache::ExpiringMap<cache::RowPtr> announced;
  cache::ExpiringMap<bool> fetched_anew;
  cache::Engine engine;
  cache::Renditions renditions;
  cache::Verifier verifier;
  cache::Maintenance maintenance;

  // In force; changed on the first loop only.
  std::shared_ptr<const repository::Repositories> repositories;
  std::unique_ptr<api::Artifacts> artifacts;
  std::unique_ptr<api::Rooted> rooted;
  std::unique_ptr<api::Management> management;
  std::unique_ptr<api::Warming> warming;
  std::unique_ptr<api::Router> router;
  std::unique_ptr<server::Server> server;
  runtime::FileWatch config_watch;
  std::unique_ptr<runtime::FileWatch> certificate_watch;  // null: plain HTTP
  std::atomic<bool> config_in_force{true};                // the file on disk is the one in force

  // The rest of making, which can fail.
  [[nodiscard]] Result<void> configure(const config::Remotes& remotes);
  [[nodiscard]] Result<void> listen();
  void watch_metrics();
  // What SIGHUP asks for. Any thread.
  void reload_all();

 private:
  // A configuration that was read, checked and made, but is not in force yet.
  struct Prepared {
    std::shared_ptr<const repository::Repositories> repositories;
    config::Diagnostics warnings;
    std::string shown;  // for GET /config
  };
  [[nodiscard]] Result<Prepared> prepare(const config::Remotes& remotes,
                                         const repository::Repositories* before);
  // Reads the file again. Called by its watch, on the first loop.
  [[nodiscard]] runtime::Task<> reload();
  [[nodiscard]] Result<Prepared> read_again();
  // Sees to it that nothing in memory answers any more for what has been removed or changed.
  void end_answers(const std::vector<const repository::Repository*>& ended);
  void warn(const config::Diagnostics& warnings);
  void watch_upstreams();
  // Called by the certificate's watch, on the first loop.
  [[nodiscard]] runtime::Task<> reload_certificate();
  [[nodiscard]] Result<void> load_certificate();
  void tell_health();

  [[nodiscard]] cache::CacheServices cache_services();
  void report(const Result<void>& committed);

  server::TlsContextPtr certificate_;  // as read at the start; null: plain HTTP
  std::string config_error_;           // why the last file was refused, or empty; of the first loop
  std::string certificate_error_;
};

}  // namespace artifactapi::app
