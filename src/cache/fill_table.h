// Single-flight: at most one fill per key in this process.
#pragma once

#include "cache/fill.h"

#include <array>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace artifactapi::cache {

// Any thread. A fill stays in the table until its result can be found in the recent commits or the catalog.
class FillTable {
 public:
  explicit FillTable(runtime::Loops& loops) : loops_(loops) {}

  struct Joined {
    std::shared_ptr<Fill> fill;
    bool created = false;  // the caller has to run it
  };
  [[nodiscard]] Joined join(const std::string& key);
  // The fill under way, if any.
  [[nodiscard]] std::shared_ptr<Fill> find(const std::string& key);
  void remove(const Fill& fill);
  // Gives up the downloads that nobody waits for any more.
  void give_up_unwanted(std::chrono::steady_clock::time_point now);
  [[nodiscard]] std::size_t size();

 private:
  struct Shard {
    std::mutex mutex;
    std::unordered_map<std::string_view, std::shared_ptr<Fill>> fills;  // under their own keys
  };
  [[nodiscard]] Shard& shard_of(std::string_view key) {
    return shards_[std::hash<std::string_view>{}(key) % shards_.size()];
  }
  runtime::Loops& loops_;
  std::array<Shard, 16> shards_;
};

}  // namespace artifactapi::cache
