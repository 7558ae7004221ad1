// A running server on a free loopback port, with short time limits.
#pragma once

#include "base/clock.h"
#include "runtime/blocking_pool.h"
#include "runtime/loop.h"
#include "server/server.h"
#include "server/testing/scripted_handler.h"
#include "server/testing/test_client.h"
#include "telemetry/log.h"

#include <gtest/gtest.h>

namespace artifactapi::server::testing {

inline ServerLimits short_limits() {
  ServerLimits limits;
  limits.tick = Milliseconds(20);
  limits.drain_delay = Milliseconds(0);
  return limits;
}

class ServerTest : public ::testing::Test {
 protected:
  ~ServerTest() override {
    if (server) server->stop();
    pool.join();
    loops.stop();
  }

  void start(const ServerLimits& limits = short_limits()) {
    server = std::make_unique<Server>(loops, handler, pool, log, clock, limits);
    const auto bound = server->listen("127.0.0.1", 0);
    ASSERT_TRUE(bound.has_value()) << bound.error().message;
    port = bound->port();
    server->start();
    loops.start();
  }

  SystemClock clock;
  telemetry::Log log{{.format = telemetry::Format::Text, .level = telemetry::Level::Error}, clock};
  runtime::Loops loops{2};
  runtime::BlockingPool pool{1};
  ScriptedHandler handler;
  std::unique_ptr<Server> server;
  std::uint16_t port = 0;
};

}  // namespace artifactapi::server::testing
