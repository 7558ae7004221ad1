// What a project's page, or its older JSON, says beforehand of a file. Pure.
#pragma once

#include "formats/promise.h"

#include <optional>
#include <string_view>

namespace artifactapi::formats::pypi {

// FindPromise of formats/promise.h. `file` may be what stands beside a file, too: FILE.metadata has the
// digest of core-metadata (PEP 658), FILE.asc and the provenance (PEP 740) are named without one.
[[nodiscard]] std::optional<Promise> find_promise(const RenditionAsked& document, std::string_view file);

// EachPromise of formats/promise.h: files, and the metadata beside them.
void each_promise(const RenditionAsked& document, PromiseSink& sink);

}  // namespace artifactapi::formats::pypi
