// What all connections of a server share.
#pragma once

#include "api/handler.h"
#include "base/clock.h"
#include "runtime/bell.h"
#include "runtime/blocking_pool.h"
#include "runtime/loop.h"
#include "runtime/task_group.h"
#include "server/body_budget.h"
#include "server/limits.h"
#include "server/spread.h"
#include "telemetry/log.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

namespace artifactapi::server {

class Lane;

struct Services {
  runtime::Loops& loops;
  api::Handler& handler;
  runtime::BlockingPool& pool;
  telemetry::Log& log;
  const Clock& clock;
  ServerLimits limits;
  std::size_t max_connections;

  BodyBudget bodies{limits.bodies_bytes};
  Spread spread{loops.size()};
  std::vector<std::weak_ptr<Lane>> lanes{};  // by the index of their loop; filled before the first connection
  std::atomic<bool> draining{false};
  std::atomic<std::size_t> listening{0};  // lanes that still accept
  runtime::Bell listening_changed{loops};
  runtime::TaskGroup connections{loops};
  runtime::TaskGroup chores{loops};  // accepting, sweeping, draining

  std::atomic<std::uint64_t> accepted{0};
  std::atomic<std::uint64_t> accept_backoffs{0};
  std::atomic<std::uint64_t> refused_requests{0};
  std::atomic<std::uint64_t> timed_out{0};
  std::atomic<std::uint64_t> tls_handshakes{0};
  std::atomic<std::uint64_t> tls_failures{0};
};

}  // namespace artifactapi::server
