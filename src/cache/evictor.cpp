#include "cache/evictor.h"

#include <algorithm>
#include <span>
#include <vector>

namespace artifactapi::cache {

namespace {

constexpr std::size_t kRowsAtOnce = 64;
// A blob is published before its row is written; younger ones are left alone whatever the catalog says.
constexpr Seconds kOrphanAge{300};

}  // namespace

bool Evictor::make_room(std::uint64_t bytes) {
  if (bytes > space_.limit()) return false;
  const std::lock_guard lock(mutex_);
  auto missing = space_.bytes_to_free(bytes);
  if (missing == 0) return space_.reserve(bytes).has_value();
  // Only what is in the catalog, with its last use, can be told older from younger.
  committer_.flush();
  flush_last_uses();
  while (missing > 0) {
    const auto freed = evict(missing);
    if (!freed) break;
    missing -= std::min(missing, *freed);
  }
  return space_.reserve(bytes).has_value();
}

void Evictor::flush_last_uses(Milliseconds behind) {
  std::vector<catalog::Change> changes;
  for (auto& touch : hot_.take_touches(behind)) changes.emplace_back(std::move(touch));
  if (changes.empty()) return;
  if (!catalog_.commit(changes)) counters_.catalog_errors.inc();
}

std::optional<std::uint64_t> Evictor::evict(std::uint64_t wanted) {
  const auto rows = catalog_.least_recently_used(kRowsAtOnce);
  if (!rows) return std::nullopt;
  std::optional<std::uint64_t> freed;
  for (const auto& row : *rows) {
    if (freed.value_or(0) >= wanted) break;
    // A row that was replaced since it was read has another version and stays.
    const catalog::Change erase = catalog::Erase{row.repository, row.key, row.version};
    const auto applied = catalog_.commit(std::span(&erase, 1));
    if (!applied) {
      counters_.catalog_errors.inc();
      return std::nullopt;
    }
    if (applied->front().verdict == catalog::Applied::Verdict::Conflict) continue;
    hot_.kill(cache_key(row.repository, row.key));
    freed = freed.value_or(0) + remove_unreferenced(row.digest, row.size);
    counters_.evictions.inc();
  }
  return freed;
}

std::uint64_t Evictor::remove_unreferenced(const Digest& digest, std::uint64_t size) {
  const auto unreferenced = [&]() -> Result<bool> {
    if (recent_.refers_to(digest)) return false;
    const auto named = catalog_.refers_to(digest);
    if (!named) return std::unexpected(named.error());
    return !*named;
  };
  const auto removed = blobs_.remove_if(digest, unreferenced);
  if (!removed || !*removed) return 0;
  counters_.evicted_bytes.inc(size);
  return size;
}

void Evictor::remove_orphans(Time now) {
  blobs_.remove_leftovers();
  const auto slice = blobs_.scan(next_slice_++);
  if (!slice) return;
  for (const auto& found : slice->blobs) {
    if (found.placed + kOrphanAge > now) continue;
    const auto named = catalog_.refers_to(found.digest);
    if (named && !*named) remove_unreferenced(found.digest, found.size);
  }
}

}  // namespace artifactapi::cache
