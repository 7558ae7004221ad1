#include "cache/committer.h"

#include <algorithm>
#include <iterator>
#include <pthread.h>
#include <utility>

namespace artifactapi::cache {

Committer::Committer(catalog::Catalog& catalog, blobs::LocalBlobs& blobs, RecentCommits& recent,
                     Report report)
    : catalog_(catalog), blobs_(blobs), recent_(recent), report_(std::move(report)), thread_([this] {
        run();
      }) {}

Committer::~Committer() {
  stop();
}

void Committer::enqueue(Commit commit) {
  bool starts_batch = false;
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(commit));
    ++enqueued_;
    starts_batch = idle_ || queue_.size() == kBatch;
  }
  // In between the thread lets a batch grow, and to be woken for each commit would cost it more than the
  // commit.
  if (starts_batch) arrived_.notify_one();
}

void Committer::flush() {
  std::unique_lock lock(mutex_);
  const auto upto = enqueued_;
  if (handled_ >= upto) return;
  flushing_ = true;
  arrived_.notify_one();
  done_.wait(lock, [&] { return handled_ >= upto || ended_; });
}

void Committer::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  arrived_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Committer::run() {
  pthread_setname_np(pthread_self(), "committer");
  for (;;) {
    auto batch = take_batch();
    if (batch.empty()) break;
    const auto count = batch.size();
    commit(std::move(batch));
    // What arrives while one batch is written makes the next; a short wait lets it become a larger one.
    std::unique_lock lock(mutex_);
    handled_ += count;
    if (queue_.empty()) flushing_ = false;
    done_.notify_all();
    arrived_.wait_for(lock, kInterval, [this] { return stopping_ || flushing_ || queue_.size() >= kBatch; });
  }
  const std::lock_guard lock(mutex_);
  ended_ = true;
  done_.notify_all();
}

std::vector<Commit> Committer::take_batch() {
  std::unique_lock lock(mutex_);
  idle_ = true;
  arrived_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
  idle_ = false;
  std::vector<Commit> batch;
  const auto count = std::min(queue_.size(), kBatch);
  const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(count);
  std::move(queue_.begin(), end, std::back_inserter(batch));
  queue_.erase(queue_.begin(), end);
  return batch;
}

void Committer::commit(std::vector<Commit> batch) {
  drop_unsynced(batch);
  std::vector<catalog::Change> changes;
  changes.reserve(batch.size());
  for (auto& item : batch) changes.push_back(std::move(item.change));
  const auto applied = catalog_.commit(changes);
  report_(applied ? Result<void>{} : std::unexpected(applied.error()));
  for (const auto& item : batch) {
    if (item.ticket != 0) recent_.forget(item.key, item.ticket);
  }
  if (applied) committed_.fetch_add(batch.size(), std::memory_order_relaxed);
}

// A row may only name bytes that survive a power cut.
void Committer::drop_unsynced(std::vector<Commit>& batch) {
  std::vector<Digest> digests;
  for (const auto& item : batch) {
    if (item.blob) digests.push_back(*item.blob);
  }
  if (digests.empty()) return;
  const auto synced = blobs_.sync(digests);
  std::size_t next = 0;
  std::erase_if(batch, [&](Commit& item) {
    if (!item.blob) return false;
    const auto& result = synced[next++];
    if (result) return false;
    report_(result);
    recent_.forget(item.key, item.ticket);
    return true;
  });
}

}  // namespace artifactapi::cache
