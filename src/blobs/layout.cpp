#include "blobs/layout.h"

#include <array>
#include <string>

namespace artifactapi::blobs {

std::filesystem::path Layout::slice(std::uint8_t first_byte) const {
  return blobs() / to_hex(std::array{first_byte});
}

std::filesystem::path Layout::blob(const Digest& digest) const {
  return slice(digest.bytes()[0]) / digest.hex();
}

}  // namespace artifactapi::blobs
