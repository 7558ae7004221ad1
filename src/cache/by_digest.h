// Keys that share their bytes with a key made of the digest (Plan::by_digest).
#pragma once

#include "cache/cache_services.h"
#include "cache/remote_profile.h"
#include "formats/plan.h"
#include "runtime/task.h"

#include <string>

namespace artifactapi::cache {

// So long may a client take from the HEAD that named a digest to the GET of that digest.
inline constexpr Seconds kAnnouncedFor{600};

// The key under which a row's bytes are found by digest; empty: they have none.
[[nodiscard]] std::string key_by_digest(const formats::Plan& plan, const catalog::Row& row);

// The row of that key: what was fetched under another one, by now known to be immutable.
[[nodiscard]] RowPtr row_by_digest(const formats::Plan& plan, const catalog::Row& row);

// Makes the row known at once and has it committed. Its bytes must be published, or about to be looked for
// with this row pinning them. Returns the ticket of the recent commit.
std::uint64_t commit_row(CacheServices& services, RowPtr row, runtime::Slots::Slot slot);

// Whether storing what this plan fetches under `key` makes other keys known too, or the place of other files.
[[nodiscard]] bool makes_others_known(CacheServices& services, const formats::Plan& plan,
                                      const std::string& key);

// A HEAD told of `described`. Are the bytes of its digest stored, then it is a row from now on; else it
// becomes one when they come in.
[[nodiscard]] runtime::Task<> note_announced(CacheServices& services, ProfilePtr profile,
                                             formats::PlanPtr plan, RowPtr described);

// Bytes came in under a digest's key: what was announced of them is a row from now on.
[[nodiscard]] runtime::Task<> commit_announced(CacheServices& services, ProfilePtr profile, RowPtr stored);

}  // namespace artifactapi::cache
