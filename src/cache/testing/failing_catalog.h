// A SQLite catalog whose commits a test can hold up or let fail.
#pragma once

#include "catalog/sqlite_catalog.h"

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace artifactapi::cache {

class FailingCatalog final : public catalog::Catalog {
 public:
  explicit FailingCatalog(const std::filesystem::path& path)
      : rows_(std::move(catalog::open_sqlite(path).value().catalog)) {}

  void fail_next_commit(Code code) {
    const std::lock_guard lock(mutex_);
    next_failure_ = code;
  }
  // Commits wait from now on, until release().
  void hold() {
    const std::lock_guard lock(mutex_);
    holding_ = true;
  }
  void wait_until_held() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return held_; });
  }
  void release() {
    {
      const std::lock_guard lock(mutex_);
      holding_ = false;
    }
    changed_.notify_all();
  }
  // How often find() was called.
  [[nodiscard]] int finds() const { return finds_.load(); }
  // How many changes each commit had.
  [[nodiscard]] std::vector<std::size_t> batches() {
    const std::lock_guard lock(mutex_);
    return batches_;
  }

  Result<std::vector<catalog::Applied>> commit(std::span<const catalog::Change> changes) override {
    {
      std::unique_lock lock(mutex_);
      batches_.push_back(changes.size());
      held_ = holding_;
      changed_.notify_all();
      changed_.wait(lock, [this] { return !holding_; });
      held_ = false;
      const auto failure = std::exchange(next_failure_, std::nullopt);
      if (failure) return fail(*failure, "as the test says");
    }
    return rows_->commit(changes);
  }

  Result<std::optional<catalog::Row>> find(std::string_view repository, std::string_view key) override {
    finds_.fetch_add(1);
    return rows_->find(repository, key);
  }
  [[nodiscard]] bool may_have(std::string_view repository, std::string_view key) const noexcept override {
    return rows_->may_have(repository, key);
  }
  Result<bool> learn_keys() override { return rows_->learn_keys(); }
  Result<void> flush() override { return rows_->flush(); }
  Result<catalog::Page> list(std::string_view repository, std::optional<std::string_view> cursor,
                             std::size_t limit) override {
    return rows_->list(repository, cursor, limit);
  }
  Result<std::vector<catalog::Totals>> totals() override { return rows_->totals(); }
  Result<catalog::Stored> stored() override { return rows_->stored(); }
  Result<std::vector<catalog::Row>> least_recently_used(std::size_t limit) override {
    return rows_->least_recently_used(limit);
  }
  Result<bool> refers_to(const Digest& digest) override { return rows_->refers_to(digest); }
  Result<std::vector<catalog::BlobSize>> blobs(const std::optional<Digest>& after,
                                               std::size_t limit) override {
    return rows_->blobs(after, limit);
  }
  [[nodiscard]] std::uint64_t bad_rows() const override { return rows_->bad_rows(); }

 private:
  std::unique_ptr<catalog::Catalog> rows_;
  std::atomic<int> finds_{0};
  std::mutex mutex_;
  std::condition_variable changed_;
  bool holding_ = false;
  bool held_ = false;
  std::optional<Code> next_failure_;
  std::vector<std::size_t> batches_;
};

}  // namespace artifactapi::cache
