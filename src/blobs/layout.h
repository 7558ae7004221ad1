// Where things lie in the data directory:
//
//   <data>/lock                        held (flock) by the one process that uses the directory
//   <data>/catalog.db                  rows
//   <data>/spool/<number>              bytes still arriving; emptied at start
//   <data>/blobs/sha256/ab/abcdef…     bytes by content; ab, their first byte, comes with its first blob
#pragma once

#include "base/digest.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>

namespace artifactapi::blobs {

class Layout {
 public:
  explicit Layout(std::filesystem::path data)
      : data_(std::move(data)), blobs_((data_ / "blobs" / "sha256").string()) {}

  [[nodiscard]] const std::filesystem::path& data() const { return data_; }
  [[nodiscard]] std::filesystem::path lock() const { return data_ / "lock"; }
  [[nodiscard]] std::filesystem::path catalog() const { return data_ / "catalog.db"; }
  [[nodiscard]] std::filesystem::path spool() const { return data_ / "spool"; }
  // These are strings: one is made for each artifact that is stored, and a path would be taken apart each
  // time.
  [[nodiscard]] const std::string& blobs() const { return blobs_; }
  // The directory of all digests that begin with this byte.
  [[nodiscard]] std::string slice(std::uint8_t first_byte) const;
  [[nodiscard]] std::string blob(const Digest& digest) const;

 private:
  std::filesystem::path data_;
  std::string blobs_;
};

}  // namespace artifactapi::blobs
