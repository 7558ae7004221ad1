#include "blobs/leftovers.h"

#include <cerrno>
#include <unistd.h>
#include <utility>

namespace artifactapi::blobs {

namespace {

bool is_gone(const std::filesystem::path& path) {
  return ::unlink(path.c_str()) == 0 || errno == ENOENT;
}

}  // namespace

void Leftovers::unlink(std::filesystem::path path) {
  if (is_gone(path)) return;
  const std::lock_guard lock(mutex_);
  paths_.push_back(std::move(path));
}

void Leftovers::retry() {
  const std::lock_guard lock(mutex_);
  std::erase_if(paths_, is_gone);
}

}  // namespace artifactapi::blobs
