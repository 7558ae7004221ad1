// What a path of a registry means: the one place where the distribution API becomes a Plan. Pure.
#pragma once

#include "formats/docker/hub.h"
#include "formats/plan.h"

#include <cstdint>

namespace artifactapi::formats::docker {

// Manifests and lists; the specification wants 4 MiB of a manifest at least.
inline constexpr std::uint64_t kMostDocumentBytes = 8ULL << 20U;

// lay_out of formats/format.h. The path inside a remote is the registry's own, with or without its "v2/".
//
//   name/manifests/tag        mutable, renewed by HEAD; one more variant for who cannot take the stored type
//   name/manifests/sha256:…   immutable; under its digest, or under its path where patterns guard names
//   name/blobs/sha256:…       likewise
//   name/tags/list?…          mutable
//   name/referrers/sha256:…   mutable; falls back to the tag sha256-…, then to an empty index
//   _catalog?…                mutable
void lay_out(const PathAsked& asked, Plan& plan);

// The headers of every answer below the API's root.
[[nodiscard]] std::span<const FieldLine> fixed_fields();

}  // namespace artifactapi::formats::docker
