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
#include "cache/verifier.h"
#include "catalog/sqlite_catalog.h"
#include "repository/repository.h"
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
  Parts(const config::Settings& settings_in, Opened opened);

  const config::Settings settings;
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
  cache::ExpiringMap<cache::Refusal> refused;
  cache::ExpiringMap<bool> unstorable;
  cache::Engine engine;
  cache::Verifier verifier;
  cache::Maintenance maintenance;

  std::shared_ptr<const repository::Repositories> repositories;
  std::unique_ptr<api::Artifacts> artifacts;
  std::unique_ptr<api::Management> management;
  std::unique_ptr<api::Warming> warming;
  std::unique_ptr<api::Router> router;
  std::unique_ptr<server::Server> server;

  // The rest of making, which can fail.
  [[nodiscard]] Result<void> configure(const config::Remotes& remotes);
  [[nodiscard]] Result<void> listen();
  void watch_metrics();

 private:
  [[nodiscard]] cache::CacheServices cache_services();
  void report(const Result<void>& committed);
};

}  // namespace artifactapi::app
