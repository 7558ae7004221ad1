// The subcommand `check-config`: loads everything that `serve` would, and says what is wrong with it.
#pragma once

#include "config/load.h"
#include "config/settings.h"

#include <iosfwd>
#include <span>

namespace artifactapi::app {

// All diagnostics to `err`, a one-line summary to `out`. Returns the exit code: 0, or 1 when anything is an
// error.
[[nodiscard]] int check_config(const config::FlagMap& flags, const config::Environment& environment,
                               std::span<const config::PackageType> packages, std::ostream& out,
                               std::ostream& err);

}  // namespace artifactapi::app
