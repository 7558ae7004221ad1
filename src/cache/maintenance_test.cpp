#include "cache/maintenance.h"

#include "cache/testing/cache_fixture.h"
#include "runtime/testing/on_loop.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

namespace artifactapi::cache {
namespace {

using Steady = std::chrono::steady_clock;

class MaintenanceTest : public CacheTest {
 protected:
  Verifier verifier{services, Seconds{3600}};
  Maintenance maintenance{loops, pool, *rows, evictor, verifier, fills, clock};
};

TEST_F(MaintenanceTest, LearnsTheKeysOfTheCatalog) {
  ASSERT_TRUE(rows->may_have("r", "unknown"));
  maintenance.start(loops.at(0));
  const auto deadline = Steady::now() + Seconds{60};
  while (rows->may_have("r", "unknown") && Steady::now() < deadline) std::this_thread::yield();
  EXPECT_FALSE(rows->may_have("r", "unknown"));
  maintenance.request_stop();
  EXPECT_TRUE(runtime::run_on(loops.at(0), maintenance.stopped(Steady::now() + Seconds{60})));
}

}  // namespace
}  // namespace artifactapi::cache
