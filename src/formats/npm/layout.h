// What a path of a registry means: the one place where it becomes a Plan. Pure.
#pragma once

#include "formats/plan.h"

namespace artifactapi::formats::npm {

// lay_out of formats/format.h. Everything but tarballs is mutable, and open whatever immutable_patterns say.
//
//   NAME, @SCOPE/NAME            a package: links through us; kept in full and abbreviated, by Accept
//   NAME/VERSION, NAME/TAG       what it says of one version: likewise, in one form
//   …/-/FILE, ….tgz, -/at/…      a tarball: immutable; its digest and address may stand in its package
//   -/npm/v1/attestations/…      handed through; where they lie elsewhere a package names them
//   -/v1/search                  for each of its parameters that mean something
//   -/npm/v1/user, …/tokens      refused: whose account that is would be upstream's secret
//   everything else              handed through
//   POST to what audits          asked of upstream each time
//
// "@SCOPE%2FNAME" is "@SCOPE/NAME" in all of them; upstream is asked with "%2f", as clients ask.
void lay_out(const PathAsked& asked, Plan& plan);

}  // namespace artifactapi::formats::npm
