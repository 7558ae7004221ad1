// One entry of `remotes`: its keys, their values, and what must hold between them.
#pragma once

#include "config/config.h"
#include "config/load.h"
#include "config/value_reader.h"

#include <span>

namespace artifactapi::config {

// A repository is returned even when it is wrong; the findings say so.
[[nodiscard]] Repository read_repository(const YamlEntry& entry, std::span<const PackageType> packages,
                                         ValueReader& values);

}  // namespace artifactapi::config
