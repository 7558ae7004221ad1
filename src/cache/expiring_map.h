// Small facts that are true for a while: refused keys, keys that cannot be stored. Bounded; loses the oldest
// first.
#pragma once

#include "base/clock.h"

#include <cstddef>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace artifactapi::cache {

// Any thread.
template <class Value>
class ExpiringMap {
 public:
  explicit ExpiringMap(std::size_t most) : most_(most) {}

  void put(const std::string& key, Value value, Time until) {
    const std::lock_guard lock(mutex_);
    replace(key, std::move(value), until);
  }

  // Of all who call it for a key, one is told true until then.
  [[nodiscard]] bool put_if_absent(const std::string& key, Value value, Time until, Time now) {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(key);
    if (found != entries_.end() && now < found->second.until) return false;
    replace(key, std::move(value), until);
    return true;
  }

  [[nodiscard]] std::optional<Value> find(const std::string& key, Time now) {
    const std::lock_guard lock(mutex_);
    if (entries_.empty()) return std::nullopt;
    const auto found = entries_.find(key);
    if (found == entries_.end()) return std::nullopt;
    if (now < found->second.until) return found->second.value;
    forget(key);
    return std::nullopt;
  }

  // Forgets every key of that kind; looks at all of them.
  template <class Matches>
  void forget_if(Matches matches) {
    const std::lock_guard lock(mutex_);
    for (auto key = order_.begin(); key != order_.end();) {
      const auto here = key++;
      if (matches(*here)) forget(std::string(*here));
    }
  }

 private:
  struct Entry {
    Value value;
    Time until{};
    std::list<std::string>::iterator place;
  };
  void replace(const std::string& key, Value value, Time until) {
    forget(key);
    order_.push_back(key);
    entries_.emplace(key, Entry{std::move(value), until, std::prev(order_.end())});
    while (entries_.size() > most_) forget(std::string(order_.front()));
  }
  void forget(const std::string& key) {
    const auto found = entries_.find(key);
    if (found == entries_.end()) return;
    order_.erase(found->second.place);
    entries_.erase(found);
  }

  const std::size_t most_;
  std::mutex mutex_;
  std::list<std::string> order_;
  std::unordered_map<std::string, Entry> entries_;
};

}  // namespace artifactapi::cache
