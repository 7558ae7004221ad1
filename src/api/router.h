// Which code answers which target; the application's one Handler.
#pragma once

#include "api/artifacts.h"
#include "api/handler.h"
#include "api/management.h"
#include "api/rooted.h"
#include "api/warming/warming.h"
#include "cache/aliases.h"
#include "repository/repository.h"
#include "runtime/loop.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

#include <memory>
#include <string_view>
#include <vector>

namespace artifactapi::api {

// Shared by all loops; each has aliases of its own.
class Router final : public Handler {
 public:
  Router(runtime::Loops& loops, std::shared_ptr<const repository::Repositories> repositories,
         Artifacts& artifacts, Rooted& rooted, Management& management, Warming& warming, telemetry::Log& log,
         telemetry::Metrics& metrics, const Clock& clock);

  // On a loop. When it ends, every loop answers by the new ones; requests under way keep those they began
  // with.
  [[nodiscard]] runtime::Task<> install(std::shared_ptr<const repository::Repositories> repositories);

  [[nodiscard]] std::shared_ptr<const cache::Ready> hot(const http::HeadSummary& head) override;
  [[nodiscard]] bool takes_large_body(http::Method method, std::string_view target) override;
  // Chooses, and is gone when the chosen one runs.
  [[nodiscard]] runtime::Task<Response> handle(const http::Request& request,
                                               const RequestContext& context) override;
  [[nodiscard]] Response refuse(int status, std::string_view reason, const RequestContext& context) override;
  void finished(const Exchange& exchange) override;

 private:
  // Touched on its own loop only, so that neither a hit nor a look-up takes a lock or an atomic pointer.
  struct alignas(64) PerLoop {
    cache::Aliases aliases;
    std::shared_ptr<const repository::Repositories> repositories;
  };
  [[nodiscard]] PerLoop& here() { return per_loop_[runtime::Loop::current()->index()]; }

  // A place inside a repository, of either URL form.
  struct Place {
    std::string repository;
    http::CanonicalPath path;
  };
  // None: the target, which is as it was then, is no such place.
  [[nodiscard]] static std::optional<Place> artifact_place(http::CanonicalPath&& target);
  [[nodiscard]] runtime::Task<Response> manage(http::CanonicalPath target, const http::Request& request,
                                               const RequestContext& context);
  [[nodiscard]] runtime::Task<Response> list(std::string_view name, const http::CanonicalPath& target,
                                             const RequestContext& context);

  runtime::Loops& loops_;
  std::vector<PerLoop> per_loop_;
  Artifacts& artifacts_;
  Rooted& rooted_;
  Management& management_;
  Warming& warming_;
  telemetry::Log& log_;
  const Clock& clock_;
  telemetry::RequestMetrics other_metrics_;
  std::vector<telemetry::Histogram> durations_;  // by outcome
  telemetry::Counter broken_;
};

}  // namespace artifactapi::api
