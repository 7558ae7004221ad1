#include "cache/recent_commits.h"

#include <utility>

namespace artifactapi::cache {

std::uint64_t RecentCommits::remember(const std::string& key, RowPtr row) {
  const std::lock_guard lock(mutex_);
  if (row) ++pins_[row->digest];
  auto& place = places_[key];
  unpin(place.row);
  place = Place{std::move(row), next_ticket_};
  return next_ticket_++;
}

void RecentCommits::forget(const std::string& key, std::uint64_t ticket) {
  const std::lock_guard lock(mutex_);
  const auto found = places_.find(key);
  if (found == places_.end() || found->second.ticket != ticket) return;
  unpin(found->second.row);
  places_.erase(found);
}

std::optional<RecentCommits::Entry> RecentCommits::find(const std::string& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = places_.find(key);
  if (found == places_.end()) return std::nullopt;
  return Entry{found->second.row};
}

bool RecentCommits::refers_to(const Digest& digest) const {
  const std::lock_guard lock(mutex_);
  return pins_.contains(digest);
}

void RecentCommits::unpin(const RowPtr& row) {
  if (!row) return;
  const auto pin = pins_.find(row->digest);
  if (pin != pins_.end() && --pin->second == 0) pins_.erase(pin);
}

}  // namespace artifactapi::cache
