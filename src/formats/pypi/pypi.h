// Python package indexes (PEP 503, 691 and what came after) and the files that they name.
#pragma once

#include "formats/format.h"
#include "formats/pypi/layout.h"
#include "formats/pypi/project_index.h"

namespace artifactapi::formats {

inline constexpr Format kPypi{.name = "pypi",
                              .built = true,
                              .rules = {},
                              .keep_query = false,
                              .listed = true,
                              .documents = &pypi::kProjectPages,
                              .lay_out = pypi::lay_out};

}  // namespace artifactapi::formats
