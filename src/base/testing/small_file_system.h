// A file system of a given size, mounted for one test. Needs root.
#pragma once

#include "base/testing/temporary_directory.h"

#include <string>
#include <sys/mount.h>

namespace artifactapi {

// `options` are those of tmpfs, for example "size=8m,nr_inodes=400".
class SmallFileSystem {
 public:
  explicit SmallFileSystem(const std::string& options)
      : mounted_(::mount("tmpfs", directory_.path().c_str(), "tmpfs", 0, options.c_str()) == 0) {}
  ~SmallFileSystem() {
    if (mounted_) ::umount2(directory_.path().c_str(), MNT_DETACH);
  }
  SmallFileSystem(const SmallFileSystem&) = delete;
  SmallFileSystem& operator=(const SmallFileSystem&) = delete;

  // false: not allowed to mount here; the test must be skipped, loudly.
  [[nodiscard]] bool is_mounted() const { return mounted_; }
  [[nodiscard]] const std::filesystem::path& path() const { return directory_.path(); }
  // From now on nothing can be written.
  [[nodiscard]] bool make_read_only() const {
    return ::mount("tmpfs", directory_.path().c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, "") == 0;
  }

 private:
  TemporaryDirectory directory_;
  bool mounted_;
};

}  // namespace artifactapi
