// POST /cache-artifact: fetches ahead what GETs would.
#pragma once

#include "api/handler.h"
#include "api/response.h"
#include "api/warming/order_run.h"
#include "cache/engine.h"
#include "repository/repository.h"
#include "runtime/slots.h"
#include "runtime/task.h"
#include "runtime/task_group.h"

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_set>

namespace artifactapi::api {

namespace limits {
inline constexpr std::size_t kMaxOrders = 4;  // at once; one for each client address
}  // namespace limits

// Shared by all loops. Whoever may read may order: an order does nothing that GETs would not.
class Warming {
 public:
  // `origin_connections`: of one origin; all orders together take at most a quarter of them.
  Warming(cache::Engine& engine, std::size_t origin_connections);

  [[nodiscard]] runtime::Task<Response> serve(std::shared_ptr<const repository::Repositories> repositories,
                                              const http::Request& request, const RequestContext& context);

  // Orders that run, to be waited for at shutdown.
  [[nodiscard]] runtime::Task<bool> idle(runtime::Deadline deadline) const { return orders_.idle(deadline); }

 private:
  // A client's place among those whose orders run; given back when destroyed.
  class Place;
  struct Places {
    std::mutex mutex;
    std::unordered_set<std::string> addresses;
  };

  [[nodiscard]] Result<std::shared_ptr<OrderRun>> begin(
      std::shared_ptr<const repository::Repositories> repositories, const repository::Repository& repository,
      WarmingOrder order, std::shared_ptr<Place> place, bool streaming);
  [[nodiscard]] static runtime::Task<Response> outcome(std::shared_ptr<OrderRun> run,
                                                       const RequestContext& context);
  [[nodiscard]] static runtime::Task<Response> lines(std::shared_ptr<OrderRun> run,
                                                     const RequestContext& context);

  cache::Engine& engine_;
  runtime::Slots downloads_;
  runtime::TaskGroup orders_;
  std::shared_ptr<Places> places_ = std::make_shared<Places>();
};

}  // namespace artifactapi::api
