// Stored bytes that are no longer what their digest says: a flipped bit, a lost tail, someone's hand.
#pragma once

#include "base/digest.h"
#include "cache/cache_services.h"

namespace artifactapi::cache {

// Reads the blob again and, when it is damaged indeed, counts and tells it, unlinks it and ends every answer
// in memory made of it. Its rows stay: who asks next finds no bytes and fetches them again. True: it was
// damaged. Blocks for as long as reading it takes: pool threads only.
bool discard_if_damaged(CacheServices& services, const Digest& digest);

}  // namespace artifactapi::cache
