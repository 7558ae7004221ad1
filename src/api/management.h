// The management routes: what is configured, how it is, what is stored.
#pragma once

#include "api/handler.h"
#include "api/response.h"
#include "catalog/catalog.h"
#include "http/path.h"
#include "repository/repository.h"
#include "runtime/blocking_pool.h"
#include "telemetry/health.h"
#include "telemetry/metrics.h"

#include <functional>
#include <memory>
#include <mutex>
#include <string>

namespace artifactapi::api {

// Everything outlives the routes. `config_json`: the redacted configuration of the start.
struct ManagementServices {
  catalog::Catalog& catalog;
  runtime::BlockingPool& pool;
  telemetry::Health& health;
  telemetry::Metrics& metrics;
  const Clock& clock;
  std::string version;
  std::string config_json;
};

// Shared by all loops.
class Management {
 public:
  explicit Management(ManagementServices services) : services_(std::move(services)) {}

  // GET / : name, version and each repository with what it holds.
  [[nodiscard]] runtime::Task<Response> overview(std::shared_ptr<const repository::Repositories> repositories,
                                                 const RequestContext& context);
  // GET /health: always 200, from memory.
  [[nodiscard]] Response health() const;
  // GET /ready: 503 while starting or draining.
  [[nodiscard]] Response ready() const;
  // GET /config: the configuration in force without its secrets.
  [[nodiscard]] Response config() const;
  // GET /metrics: the Prometheus exposition.
  [[nodiscard]] runtime::Task<Response> metrics();
  // GET /artifacts/{remote}?pattern=&cursor=&limit=
  [[nodiscard]] runtime::Task<Response> artifacts(const repository::Repository& repository,
                                                  const http::CanonicalPath& path,
                                                  const RequestContext& context);

  // Told by the application at a reload: what `config` shows from now on. Any thread.
  void show_config(std::string config_json);
  // Told by the application; `ready` answers by it.
  void set_serving(bool serving) { serving_.store(serving); }

 private:
  ManagementServices services_;
  mutable std::mutex config_mutex_;  // of services_.config_json
  std::atomic<bool> serving_{false};
};

}  // namespace artifactapi::api
