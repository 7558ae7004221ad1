// Any tree of files over HTTP: nothing is known about it beyond the remote's own patterns.
#pragma once

#include "formats/format.h"

namespace artifactapi::formats {

inline constexpr Format kGeneric{"generic", true, {}, true, true};

}  // namespace artifactapi::formats
