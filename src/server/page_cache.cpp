#include "server/page_cache.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

namespace artifactapi::server {

namespace {
constexpr std::uint64_t kReadStep = 64 * 1024;
}  // namespace

bool in_memory(int descriptor, std::uint64_t offset) {
  char byte = 0;
  iovec target{&byte, 1};
  return ::preadv2(descriptor, &target, 1, static_cast<off_t>(offset), RWF_NOWAIT) >= 0 || errno != EAGAIN;
}

int read_into_memory(int descriptor, std::uint64_t offset, std::uint64_t length) {
  ::posix_fadvise(descriptor, static_cast<off_t>(offset), static_cast<off_t>(length), POSIX_FADV_WILLNEED);
  char byte = 0;
  for (std::uint64_t at = offset; at < offset + length; at += kReadStep) {
    if (::pread(descriptor, &byte, 1, static_cast<off_t>(at)) < 0) return errno;
  }
  return ::pread(descriptor, &byte, 1, static_cast<off_t>(offset + length - 1)) < 0 ? errno : 0;
}

}  // namespace artifactapi::server
