// Failures of the local disk as errors of ours.
#pragma once

#include "base/result.h"

#include <string_view>

namespace artifactapi::blobs {

// NoSpace: bytes, inodes or quota ran out. Overloaded: out of descriptors. Io: all else, as a read-only or
// failing disk. `doing` completes "cannot …", for example "write to the spool".
[[nodiscard]] Error disk_error(int error, std::string_view doing);

}  // namespace artifactapi::blobs
