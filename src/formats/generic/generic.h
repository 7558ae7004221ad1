// Any tree of files over HTTP: nothing is known about it beyond the remote's own patterns.
#pragma once

#include "formats/format.h"

namespace artifactapi::formats {

inline constexpr Format kGeneric{
    .name = "generic", .built = true, .rules = {}, .keep_query = true, .listed = true};

}  // namespace artifactapi::formats
