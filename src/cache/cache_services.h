// What the engine and its fills work with; made once by the application and outliving both.
#pragma once

#include "base/clock.h"
#include "blobs/local_blobs.h"
#include "cache/committer.h"
#include "cache/counters.h"
#include "cache/evictor.h"
#include "cache/expiring_map.h"
#include "cache/fill_table.h"
#include "cache/hot.h"
#include "cache/recent_commits.h"
#include "catalog/catalog.h"
#include "runtime/blocking_pool.h"
#include "runtime/loop.h"
#include "runtime/slots.h"
#include "telemetry/log.h"
#include "upstream/upstream.h"

namespace artifactapi::cache {

struct CacheServices {
  const Clock& clock;
  telemetry::Log& log;
  runtime::Loops& loops;
  runtime::BlockingPool& pool;
  upstream::Upstream& upstream;
  catalog::Catalog& catalog;
  blobs::LocalBlobs& blobs;
  Hot& hot;
  RecentCommits& recent;
  Committer& committer;
  Evictor& evictor;
  FillTable& fills;
  runtime::Slots& fill_slots;    // downloads at once
  runtime::Slots& commit_slots;  // decisions not durable yet
  // Keys that upstream is not asked for at present: its 404 and 410, where a remote keeps them, what it has
  // in no suitable form, and what is not what it promised.
  ExpiringMap<Remembered>& refused;
  ExpiringMap<bool>& unstorable;  // keys whose bodies are passed through for a while
  // What upstream's HEAD said of a key whose bytes are not stored yet: a row without a size to count on, by
  // the key that those bytes have by digest.
  ExpiringMap<RowPtr>& announced;
  // Documents that were fetched anew before their time, so that it is not done again at once.
  ExpiringMap<bool>& fetched_anew;
  const Counters& counters;
};

// Bodies up to this size stay in memory: they need no spool file and are answered only when verified.
inline constexpr std::uint64_t kSmallBody = 64 * 1024;
// Stored bodies up to this size are kept in memory to be sent from there; for larger ones sendfile costs less
// (at 64 KiB by a tenth, see bench/results).
inline constexpr std::uint64_t kSentFromMemory = 32 * 1024;

// What is known of a key: the recent commits, then the catalog. Null: nothing is stored. At once, where that
// takes no look into the catalog; nothing where it does. `both`: the two as cache_key() joins them.
[[nodiscard]] std::optional<RowPtr> known_row(CacheServices& services, const std::string& both,
                                              std::string_view repository, std::string_view key);
// The same in any case.
[[nodiscard]] runtime::Task<Result<RowPtr>> stored_row(CacheServices& services, std::string repository,
                                                       std::string key);

}  // namespace artifactapi::cache
