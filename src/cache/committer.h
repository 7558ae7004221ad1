// Makes decisions durable, many at a time: blobs synced in parallel, then all rows in one transaction.
#pragma once

#include "base/digest.h"
#include "blobs/local_blobs.h"
#include "cache/recent_commits.h"
#include "catalog/catalog.h"
#include "runtime/slots.h"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace artifactapi::cache {

// A change of the catalog and what waits for it.
struct Commit {
  catalog::Change change;
  std::optional<Digest> blob;  // must be durable before the row is
  std::string key;             // of the recent commit, with its ticket; empty for a Touch
  std::uint64_t ticket = 0;
  runtime::Slots::Slot slot;  // a place in the bounded table, given back when done
};

// One thread of its own. Takes what is queued at once when idle, else every kInterval or kBatch commits.
class Committer {
 public:
  static constexpr std::size_t kBatch = 512;
  static constexpr std::chrono::milliseconds kInterval{100};
  using Report = std::function<void(const Result<void>&)>;

  // `report` is called on the committer's thread: for each batch with how its transaction ended, and for each
  // blob that could not be synced.
  Committer(catalog::Catalog& catalog, blobs::LocalBlobs& blobs, RecentCommits& recent, Report report);
  ~Committer();
  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;

  // Any thread; never blocks for long.
  void enqueue(Commit commit);
  // Waits until what is queued now is durable or has failed, or the committer was stopped. Blocks: pool
  // threads only.
  void flush();
  // Commits what is queued, then ends the thread.
  void stop();
  [[nodiscard]] std::uint64_t committed() const { return committed_.load(std::memory_order_relaxed); }

 private:
  void run();
  [[nodiscard]] std::vector<Commit> take_batch();
  void commit(std::vector<Commit> batch);
  void drop_unsynced(std::vector<Commit>& batch);

  catalog::Catalog& catalog_;
  blobs::LocalBlobs& blobs_;
  RecentCommits& recent_;
  Report report_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<Commit> queue_;
  std::condition_variable done_;
  std::uint64_t enqueued_ = 0;
  std::uint64_t handled_ = 0;
  bool idle_ = false;  // the thread waits for a first commit
  bool flushing_ = false;
  bool stopping_ = false;
  bool ended_ = false;  // nothing is handled any more
  std::atomic<std::uint64_t> committed_{0};
  std::thread thread_;
};

}  // namespace artifactapi::cache
