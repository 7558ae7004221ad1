// Stored files that a new document contradicts: fetched before the document was known, or published anew.
#pragma once

#include "cache/cache_services.h"
#include "cache/fill.h"
#include "cache/remote_profile.h"
#include "formats/plan.h"
#include "formats/promise.h"
#include "runtime/task.h"

#include <memory>
#include <string>
#include <vector>

namespace artifactapi::cache {

// A promise that the document before did not make alike.
struct Anew {
  std::string file;
  formats::Promise promise;
  std::shared_ptr<Fill> fill;  // of the file, while it comes in
};

// Holds what is stored against what the document promises (Plan::each_promise), and lets go of the rows whose
// bytes are others: the next request fetches and verifies them. `now`: the document's row, whose bytes are
// published; `before`: the row it replaces, null for none. What that one promised alike was looked at then. A
// look-up for each promise that is new; only digests of other algorithms than the rows' own read a file.
// Returns the files that are still being downloaded, for compare_later.
[[nodiscard]] runtime::Task<std::vector<Anew>> drop_contradicted(CacheServices& services, ProfilePtr profile,
                                                                 formats::PlanPtr plan, RowPtr now,
                                                                 RowPtr before);

// The same for each of these, when its fill has left what it leaves: as slow as the slowest of them.
[[nodiscard]] runtime::Task<> compare_later(CacheServices& services, ProfilePtr profile,
                                            std::vector<Anew> coming);

}  // namespace artifactapi::cache
