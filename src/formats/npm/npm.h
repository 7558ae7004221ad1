// Registries of JavaScript packages (https://github.com/npm/registry).
#pragma once

#include "formats/format.h"
#include "formats/npm/layout.h"
#include "formats/npm/package_index.h"
#include "formats/npm/registry_error.h"

namespace artifactapi::formats {

inline constexpr Format kNpm{.name = "npm",
                             .built = true,
                             .rules = {},
                             .keep_query = false,
                             .listed = true,
                             .documents = &npm::kPackageDocuments,
                             .lay_out = npm::lay_out,
                             .error_body = npm::error_body};

}  // namespace artifactapi::formats
