// What a registry's documents say beforehand of a tarball. Pure.
#pragma once

#include "formats/promise.h"

#include <optional>
#include <string_view>

namespace artifactapi::formats::npm {

// FindPromise of formats/promise.h, of the document of a package or of one version: the first version whose
// tarball leads to the file, with its `integrity`, else its `shasum`. Attestations are named without a
// digest.
[[nodiscard]] std::optional<Promise> find_promise(const RenditionAsked& document, std::string_view file);

// EachPromise of formats/promise.h, of the document of a package or of one version.
void each_promise(const RenditionAsked& document, PromiseSink& sink);

}  // namespace artifactapi::formats::npm
