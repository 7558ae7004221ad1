// Whether the bytes of a file are in memory, and bringing them there.
#pragma once

#include <cstdint>

namespace artifactapi::server {

// Whether one byte there can be read without waiting for the disk. File systems that cannot tell count as
// ready.
[[nodiscard]] bool in_memory(int descriptor, std::uint64_t offset);

// Blocks until the range, which is not empty, is in memory, as far as it can be. 0 or an errno.
[[nodiscard]] int read_into_memory(int descriptor, std::uint64_t offset, std::uint64_t length);

}  // namespace artifactapi::server
