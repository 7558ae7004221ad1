#include "cache/fill_table.h"

#include <utility>

namespace artifactapi::cache {

FillTable::Joined FillTable::join(const std::string& key) {
  auto& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  if (const auto found = shard.fills.find(key); found != shard.fills.end()) {
    found->second->add_asker();
    return {.fill = found->second, .created = false};
  }
  auto fill = std::make_shared<Fill>(loops_, key);
  shard.fills.emplace(fill->key(), fill);
  return {.fill = std::move(fill), .created = true};
}

std::shared_ptr<Fill> FillTable::find(const std::string& key) {
  auto& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.fills.find(key);
  return found == shard.fills.end() ? nullptr : found->second;
}

void FillTable::remove(const Fill& fill) {
  auto& shard = shard_of(fill.key());
  const std::lock_guard lock(shard.mutex);
  shard.fills.erase(fill.key());
}

void FillTable::give_up_unwanted(std::chrono::steady_clock::time_point now) {
  for (auto& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    for (const auto& [key, fill] : shard.fills) fill->give_up_if_unwanted(now);
  }
}

std::size_t FillTable::size() {
  std::size_t count = 0;
  for (auto& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    count += shard.fills.size();
  }
  return count;
}

}  // namespace artifactapi::cache
