// Where things lie in the data directory:
//
//   <data>/lock                        held (flock) by the one process that uses the directory
//   <data>/catalog.db                  rows
//   <data>/spool/<number>              bytes still arriving; emptied at start
//   <data>/blobs/sha256/ab/abcdef…     bytes by content, in 256 directories by the first byte
#pragma once

#include "base/digest.h"

#include <cstdint>
#include <filesystem>
#include <utility>

namespace artifactapi::blobs {

class Layout {
 public:
  explicit Layout(std::filesystem::path data) : data_(std::move(data)) {}

  [[nodiscard]] const std::filesystem::path& data() const { return data_; }
  [[nodiscard]] std::filesystem::path lock() const { return data_ / "lock"; }
  [[nodiscard]] std::filesystem::path catalog() const { return data_ / "catalog.db"; }
  [[nodiscard]] std::filesystem::path spool() const { return data_ / "spool"; }
  [[nodiscard]] std::filesystem::path blobs() const { return data_ / "blobs" / "sha256"; }
  // The directory of all digests that begin with this byte.
  [[nodiscard]] std::filesystem::path slice(std::uint8_t first_byte) const;
  [[nodiscard]] std::filesystem::path blob(const Digest& digest) const;

 private:
  std::filesystem::path data_;
};

}  // namespace artifactapi::blobs
