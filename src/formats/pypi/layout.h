// What a path of a Python package index means: the one place where it becomes a Plan. Pure.
#pragma once

#include "formats/plan.h"

#include <cstdint>

namespace artifactapi::formats::pypi {

inline constexpr std::uint64_t kMostMetadataBytes = 16ULL << 20U;
inline constexpr std::uint64_t kMostProvenanceBytes = 16ULL << 20U;

// lay_out of formats/format.h. What the type itself calls mutable is open whatever immutable_patterns say.
//
//   simple/                    mutable; handed through in the form the client wants, kept for each form
//   simple/NAME/               mutable; kept as upstream has it, given as HTML or JSON with links through us
//   pypi/NAME[/VERSION]/json   mutable; links through us
//   …/integrity/NAME/VERSION/FILE/provenance   mutable; named by a page
//   names in another spelling, or without the final '/'   redirected to the one above
//   everything else            a file: immutable; its digest and address may stand in its project's page
//
// Pages are asked of `index_url`; without one of pypi.org when the base is files.pythonhosted.org, where only
// the files are; else of the base itself.
void lay_out(const PathAsked& asked, Plan& plan);

}  // namespace artifactapi::formats::pypi
