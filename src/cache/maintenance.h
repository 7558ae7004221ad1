// What the cache does by itself: learns what it has, keeps room on the disk, writes down last uses, removes
// orphans, reads what is stored again.
#pragma once

#include "cache/evictor.h"
#include "cache/fill_table.h"
#include "cache/verifier.h"
#include "catalog/catalog.h"
#include "runtime/bell.h"
#include "runtime/blocking_pool.h"
#include "runtime/task_group.h"

#include <atomic>

namespace artifactapi::cache {

// start / request_stop; stopped() is awaited before the services go.
class Maintenance {
 public:
  Maintenance(runtime::Loops& loops, runtime::BlockingPool& pool, catalog::Catalog& catalog, Evictor& evictor,
              Verifier& verifier, FillTable& fills, const Clock& clock)
      : pool_(pool),
        catalog_(catalog),
        evictor_(evictor),
        verifier_(verifier),
        fills_(fills),
        clock_(clock),
        stop_(loops),
        tasks_(loops) {}

  void start(runtime::Loop& loop) {
    tasks_.spawn(loop, run());
    tasks_.spawn(loop, learn_keys());
  }
  // Any thread.
  void request_stop();
  [[nodiscard]] runtime::Task<bool> stopped(runtime::Deadline deadline) const {
    return tasks_.idle(deadline);
  }

 private:
  [[nodiscard]] runtime::Task<> run();
  [[nodiscard]] runtime::Task<> learn_keys();

  runtime::BlockingPool& pool_;
  catalog::Catalog& catalog_;
  Evictor& evictor_;
  Verifier& verifier_;
  FillTable& fills_;
  const Clock& clock_;
  std::atomic<bool> stopping_{false};
  runtime::Bell stop_;
  runtime::TaskGroup tasks_;
};

}  // namespace artifactapi::cache
