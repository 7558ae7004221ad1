// What was decided and is not durable yet. Every look-up asks here first, then the catalog.
#pragma once

#include "base/digest.h"
#include "cache/fill.h"

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace artifactapi::cache {

// Any thread; entries are bounded by the committer's queue.
class RecentCommits {
 public:
  // `row` null: the key was erased.
  struct Entry {
    RowPtr row;
  };
  // The newest decision on the key; replaces the one before. Returns a ticket for forget(). Keeps the row's
  // digest pinned until then.
  std::uint64_t remember(const std::string& key, RowPtr row);
  // The decision is durable (or given up). Does nothing to a newer one.
  void forget(const std::string& key, std::uint64_t ticket);

  [[nodiscard]] std::optional<Entry> find(const std::string& key) const;
  // Whether a row that is not durable yet needs these bytes; asked under the digest's lock before an unlink.
  [[nodiscard]] bool refers_to(const Digest& digest) const;

 private:
  struct Place {
    RowPtr row;
    std::uint64_t ticket = 0;
  };
  void unpin(const RowPtr& row);

  mutable std::mutex mutex_;
  std::unordered_map<std::string, Place> places_;
  std::unordered_map<Digest, std::uint32_t, DigestHash> pins_;
  std::uint64_t next_ticket_ = 1;
};

}  // namespace artifactapi::cache
