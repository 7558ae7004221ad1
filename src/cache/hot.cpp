#include "cache/hot.h"

#include <functional>
#include <iterator>
#include <utility>

namespace artifactapi::cache {

namespace {

std::uint64_t bytes_of(const Ready& ready) {
  constexpr std::uint64_t kBookkeeping = 1024;
  const auto body = ready.body ? ready.body->size() : 0;
  return kBookkeeping + ready.head.size() + ready.path.size() + body;
}

bool is_spoilt(const Ready& ready) {
  return ready.file && ready.file->spoilt();
}

std::size_t descriptors_of(const Ready& ready) {
  return ready.file ? 1 : 0;
}

std::uint64_t only_here_of(const Ready& ready) {
  return ready.only_here ? ready.size : 0;
}

}  // namespace

std::string cache_key(std::string_view repository, std::string_view key) {
  std::string text;
  text.reserve(repository.size() + 1 + key.size());
  text.append(repository).append("/").append(key);
  return text;
}

Hot::Hot(const HotLimits& limits) {
  const auto of_last = limits.descriptors / 4;
  for (auto& shard : shards_) {
    shard.limits.bytes = limits.bytes / shards_.size();
    shard.limits.entries = limits.entries / shards_.size();
    shard.limits.descriptors = (limits.descriptors - of_last) / kShards;
  }
  shards_.back().limits.descriptors = of_last;
  shards_.back().limits.only_here = limits.only_here;
}

Hot::Shard& Hot::shard_of(std::string_view key) {
  return shards_[std::hash<std::string_view>{}(key) % kShards];
}

ReadyPtr Hot::find(const std::string& key) {
  auto found = find_in(shard_of(key), key);
  return found ? found : find_in(shards_.back(), key);
}

ReadyPtr Hot::find_in(Shard& shard, const std::string& key) {
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.by_key.find(key);
  if (found == shard.by_key.end()) return nullptr;
  auto ready = found->second->ready;
  if (is_spoilt(*ready)) {
    drop(shard, found->second);
    return nullptr;
  }
  ready->used.store(true, std::memory_order_relaxed);
  return ready;
}

void Hot::insert(const std::string& key, ReadyPtr ready, const Proviso& proviso) {
  auto& usual = shard_of(key);
  auto& last = shards_.back();
  kill_in(ready->only_here ? usual : last, key);
  auto& shard = ready->only_here ? last : usual;
  const std::lock_guard lock(shard.mutex);
  if (proviso.ended != nullptr && proviso.ended->load()) return;
  if (proviso.kills && usual.kills.load() != *proviso.kills) return;
  if (const auto old = shard.by_key.find(key); old != shard.by_key.end()) drop(shard, old->second);
  if (bytes_of(*ready) > shard.limits.bytes || only_here_of(*ready) > shard.limits.only_here) {
    ready->alive.store(false, std::memory_order_release);
    return;
  }
  make_room(shard, *ready);
  // Only a second use earns a second chance: a pass over many keys must not push out the ones in use.
  ready->used.store(false, std::memory_order_relaxed);
  shard.usage.bytes += bytes_of(*ready);
  shard.usage.entries += 1;
  shard.usage.descriptors += descriptors_of(*ready);
  shard.usage.only_here += only_here_of(*ready);
  const auto reported = ready->last_access.load(std::memory_order_relaxed);
  shard.clock.push_back(Entry{key, std::move(ready), reported});
  const auto entry = std::prev(shard.clock.end());
  shard.by_key.emplace(entry->key, entry);
}

// Counted before the look: who puts something in sees the count, or is seen.
void Hot::kill(const std::string& key) {
  shard_of(key).kills.fetch_add(1);
  kill_in(shard_of(key), key);
  kill_in(shards_.back(), key);
}

std::uint64_t Hot::kills(std::string_view key) {
  return shard_of(key).kills.load();
}

void Hot::kill_in(Shard& shard, const std::string& key) {
  const std::lock_guard lock(shard.mutex);
  if (const auto found = shard.by_key.find(key); found != shard.by_key.end()) drop(shard, found->second);
}

template <class Matches>
void Hot::kill_if(Matches matches) {
  for (auto& shard : shards_) shard.kills.fetch_add(1);
  for (auto& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    for (auto entry = shard.clock.begin(); entry != shard.clock.end();) {
      const auto next = std::next(entry);
      if (matches(*entry->ready)) drop(shard, entry);
      entry = next;
    }
  }
}

void Hot::kill_bytes(const Digest& digest) {
  kill_if([&digest](const Ready& ready) { return ready.row->digest == digest; });
}

void Hot::kill_repositories(const std::set<std::string, std::less<>>& names) {
  kill_if([&names](const Ready& ready) { return names.contains(ready.repository); });
}

void Hot::drop(Shard& shard, Entries::iterator entry) {
  entry->ready->alive.store(false, std::memory_order_release);
  report(*entry, {}, shard.touches);
  shard.usage.bytes -= bytes_of(*entry->ready);
  shard.usage.entries -= 1;
  shard.usage.descriptors -= descriptors_of(*entry->ready);
  shard.usage.only_here -= only_here_of(*entry->ready);
  shard.by_key.erase(entry->key);
  shard.clock.erase(entry);
}

void Hot::make_room(Shard& shard, const Ready& coming) {
  const auto over = [&] {
    return shard.usage.bytes + bytes_of(coming) > shard.limits.bytes ||
           shard.usage.entries + 1 > shard.limits.entries ||
           shard.usage.descriptors + descriptors_of(coming) > shard.limits.descriptors ||
           shard.usage.only_here + only_here_of(coming) > shard.limits.only_here;
  };
  while (over() && !shard.clock.empty()) {
    const auto entry = shard.clock.begin();
    if (entry->ready->used.exchange(false, std::memory_order_relaxed)) {
      shard.clock.splice(shard.clock.end(), shard.clock, entry);
    } else {
      drop(shard, entry);
    }
  }
}

void Hot::report(Entry& entry, Milliseconds behind, std::vector<catalog::Touch>& touches) {
  const auto used = entry.ready->last_access.load(std::memory_order_relaxed);
  if (used <= entry.reported || used - entry.reported < behind.count() || !entry.ready->row) return;
  entry.reported = used;
  touches.push_back(
      catalog::Touch{entry.ready->row->repository, entry.ready->row->key, Time{Milliseconds{used}}});
}

std::vector<catalog::Touch> Hot::take_touches(Milliseconds behind) {
  std::vector<catalog::Touch> touches;
  for (auto& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    std::move(shard.touches.begin(), shard.touches.end(), std::back_inserter(touches));
    shard.touches.clear();
    for (auto& entry : shard.clock) report(entry, behind, touches);
  }
  return touches;
}

HotUsage Hot::usage() {
  HotUsage sum;
  for (auto& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    sum.bytes += shard.usage.bytes;
    sum.entries += shard.usage.entries;
    sum.descriptors += shard.usage.descriptors;
    sum.only_here += shard.usage.only_here;
  }
  return sum;
}

}  // namespace artifactapi::cache
