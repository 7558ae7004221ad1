// Stored files that a new document contradicts: fetched before the document was known, or published anew.
#pragma once

#include "cache/cache_services.h"
#include "cache/remote_profile.h"
#include "formats/plan.h"
#include "runtime/task.h"

namespace artifactapi::cache {

// Holds what is stored against what the document promises (Plan::each_promise), and lets go of the rows whose
// bytes are others: the next request fetches and verifies them. `now`: the document's row, whose bytes are
// published; `before`: the row it replaces, null for none. What that one promised alike was looked at then. A
// look-up for each promise that is new; only digests of other algorithms than the rows' own read a file.
[[nodiscard]] runtime::Task<> drop_contradicted(CacheServices& services, ProfilePtr profile,
                                                formats::Plan plan, RowPtr now, RowPtr before);

}  // namespace artifactapi::cache
