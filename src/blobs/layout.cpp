#include "blobs/layout.h"

#include <span>

namespace artifactapi::blobs {

std::string Layout::slice(std::uint8_t first_byte) const {
  std::string path;
  path.reserve(blobs_.size() + sizeof "/ab/" + 2 * Digest::kBytes);  // room for a blob's name too
  path += blobs_;
  path += '/';
  append_hex(path, {&first_byte, 1});
  return path;
}

std::string Layout::blob(const Digest& digest) const {
  auto path = slice(digest.bytes()[0]);
  path += '/';
  append_hex(path, digest.bytes());
  return path;
}

}  // namespace artifactapi::blobs
