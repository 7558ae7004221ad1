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

TEST_F(MaintenanceTest, WritesTheLatestUsesWhenItStops) {
  upstream.add("bytes");
  get(profile(), immutable("k"));
  settle();
  get(profile(), immutable("k"));
  const auto ready = hot.find(cache_key("r", "k"));
  ASSERT_NE(ready, nullptr);
  ready->last_access.fetch_add(1);
  const Time used{Milliseconds{ready->last_access}};
  ASSERT_LT(row_of("k")->last_access, used);
  maintenance.start(loops.at(0));
  maintenance.request_stop();
  ASSERT_TRUE(runtime::run_on(loops.at(0), maintenance.stopped(Steady::now() + Seconds{60})));
  EXPECT_EQ(row_of("k")->last_access, used);
}

}  // namespace
}  // namespace artifactapi::cache
