// The data directory of this process.
#pragma once

#include "base/file.h"
#include "base/result.h"
#include "blobs/layout.h"

#include <filesystem>

namespace artifactapi::blobs {

// Holds the directory's lock while it lives: made first, destroyed last.
class DataDir {
 public:
  // Creates what is missing (directories 0700), takes the lock, empties the spool. Overloaded: another
  // process has the lock (the message names its process id); NoSpace and Io otherwise.
  [[nodiscard]] static Result<DataDir> open(const std::filesystem::path& path);

  [[nodiscard]] const Layout& layout() const { return layout_; }

  // For an end without destruction: what is still arriving is dropped, as the next start would.
  void empty_spool() const;

 private:
  DataDir(Layout layout, File lock) : layout_(std::move(layout)), lock_(std::move(lock)) {}

  Layout layout_;
  File lock_;
};

}  // namespace artifactapi::blobs
