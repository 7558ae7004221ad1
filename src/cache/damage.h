// Stored bytes that are no longer what their digest says: a flipped bit, a lost tail, someone's hand.
#pragma once

#include "base/digest.h"
#include "cache/cache_services.h"

namespace artifactapi::cache {

// Reads the blob again and, when it is damaged indeed, counts and tells it, unlinks it and ends every answer
// in memory made of it. Its rows stay: who asks next finds no bytes and fetches them again. True: it was
// damaged. Blocks for as long as reading it takes: pool threads only.
bool discard_if_damaged(CacheServices& services, const Digest& digest);

// Counts and tells that a damaged blob was replaced by the same bytes, which came once more, and ends every
// answer in memory made of it: it may hold the damaged file open. For blobs::LocalBlobs::Replaced. Any
// thread.
void damaged_was_replaced(Hot& hot, const Counters& counters, telemetry::Log& log, const Digest& digest);

}  // namespace artifactapi::cache
