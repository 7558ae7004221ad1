// Bytes that can be read from anywhere: a stored file, or a text in memory.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace artifactapi::formats::pypi {

struct ByteRanges {
  std::uint64_t size = 0;
  // Exactly `count` bytes from `offset` on, which lie within `size`; its errors are handed through.
  std::function<Result<std::string>(std::uint64_t offset, std::size_t count)> read;
};

}  // namespace artifactapi::formats::pypi
