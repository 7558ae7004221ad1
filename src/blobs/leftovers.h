// Spool files that could not be unlinked, on a disk that became read-only for example.
#pragma once

#include <filesystem>
#include <mutex>
#include <vector>

namespace artifactapi::blobs {

// Any thread. Each spool file is entered once at most, so there are never more than there were downloads.
class Leftovers {
 public:
  // Unlinks; what cannot be unlinked now is kept for later.
  void unlink(std::filesystem::path path);
  // Tries those again. Blocks.
  void retry();

 private:
  std::mutex mutex_;
  std::vector<std::filesystem::path> paths_;
};

}  // namespace artifactapi::blobs
