// What stored documents say of a file before it is fetched (formats/promise.h).
#pragma once

#include "cache/cache_services.h"
#include "cache/remote_profile.h"
#include "formats/plan.h"
#include "runtime/task.h"
#include "upstream/upstream.h"

#include <optional>

namespace artifactapi::cache {

// Of the first stored document that names it; documents past their time count too, as clients hold what they
// said. Reads and looks through them in the pool. Nothing: none is stored that names it.
[[nodiscard]] runtime::Task<std::optional<formats::Promise>> promise_of(CacheServices& services,
                                                                        ProfilePtr profile,
                                                                        formats::PlanPtr plan);

// The document that promise_of() has it from, one of Plan::promised_by. Null: none.
[[nodiscard]] runtime::Task<const formats::DocumentAt*> document_naming(CacheServices& services,
                                                                        ProfilePtr profile,
                                                                        formats::PlanPtr plan);

// Sends the question where the promise says the file lies; false when it says nothing.
[[nodiscard]] bool lead_to(const std::optional<formats::Promise>& promise, const RemoteProfile& profile,
                           upstream::Ask& ask);

}  // namespace artifactapi::cache
