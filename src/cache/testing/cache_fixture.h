// The whole cache on a disk and a catalog of its own, with a scripted upstream and a clock that stands still.
#pragma once

#include "base/testing/temporary_directory.h"
#include "blobs/testing/local_disk.h"
#include "cache/engine.h"
#include "cache/testing/manual_clock.h"
#include "cache/testing/scripted_upstream.h"
#include "catalog/sqlite_catalog.h"
#include "runtime/testing/on_loop.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace artifactapi::cache {

// What a reader of a growing artifact got, and how it ended.
struct Followed {
  std::string bytes;
  Stream stream = Stream::More;
};

class CacheTest : public ::testing::Test {
 protected:
  explicit CacheTest(blobs::SpaceLimit limit = {});
  ~CacheTest() override;

  static formats::Plan plan_for(std::string key, formats::Mutability mutability);
  static formats::Plan immutable(std::string key = "pool/a.deb") {
    return plan_for(std::move(key), formats::Mutability::Immutable);
  }
  static formats::Plan changing(std::string key = "dists/index") {
    return plan_for(std::move(key), formats::Mutability::Mutable);
  }
  // The remote "r" under these rules.
  static ProfilePtr profile(Rules rules = {});
  // Rules under which a mutable artifact lives 100 s and is then asked for with HEAD.
  static Rules revalidating();

  // The engine's answer, asked on that loop.
  Answer get(const ProfilePtr& remote, formats::Plan plan, std::size_t loop = 0);
  std::future<Answer> start_get(const ProfilePtr& remote, formats::Plan plan, std::size_t loop = 0);
  Answer head(const ProfilePtr& remote, formats::Plan plan);
  // That kind of answer; a test that got another one fails.
  template <class Kind>
  static Kind expect(Answer answer) {
    auto* found = std::get_if<Kind>(&answer);
    if (found != nullptr) return std::move(*found);
    const auto* error = std::get_if<Error>(&answer);
    ADD_FAILURE() << "another kind of answer: " << (error ? error->message : std::to_string(answer.index()));
    return Kind();
  }
  void wait_until_asked(std::size_t times) const;
  // Waits until no fill runs and everything decided is durable.
  void settle();

  [[nodiscard]] std::optional<catalog::Row> row_of(const std::string& key) const;
  // Reads a growing artifact to its end, on that loop.
  std::future<Followed> follow(const Growing& growing, std::size_t loop = 0);
  Result<std::string> drain(const Relayed& relayed);
  static std::string bytes_of(const Stored& stored);

  TemporaryDirectory directory;
  ManualClock clock;
  telemetry::Log log;
  runtime::Loops loops{2};
  runtime::BlockingPool pool{2};
  ScriptedUpstream upstream{loops, clock};
  blobs::LocalDisk disk;
  std::unique_ptr<catalog::Catalog> rows;
  Hot hot{HotLimits{}};
  RecentCommits recent;
  Counters counters;
  // Called on the committer's thread when a batch is done; set before anything is committed.
  std::function<void()> after_batch = [] {};
  Committer committer;
  Evictor evictor;
  FillTable fills{loops};
  runtime::Slots fill_slots{loops, 100};
  runtime::Slots commit_slots{loops, 100};
  ExpiringMap<Remembered> refused{100};
  ExpiringMap<bool> unstorable{100};
  ExpiringMap<RowPtr> announced{100};
  ExpiringMap<bool> fetched_anew{100};
  CacheServices services;
  Engine engine{services};
};

}  // namespace artifactapi::cache
