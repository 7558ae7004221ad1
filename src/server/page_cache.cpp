#include "server/page_cache.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

namespace artifactapi::server {

namespace {

constexpr std::uint64_t kReadStep = 64 * 1024;  // whole pages, on every machine
// What the kernel reads in one go for a mapping that wants large pages, at least.
constexpr std::uint64_t kLargePage = 2ULL << 20;

// Into large pages, a tenth of the work of reading single ones, which is what POSIX_FADV_WILLNEED does.
// False: the kernel (before 5.14), the file system or the disk would not.
bool read_into_large_pages(int descriptor, std::uint64_t offset, std::uint64_t length) {
  const auto begin = offset - offset % kReadStep;
  const auto bytes = static_cast<std::size_t>(offset + length - begin);
  void* const mapped = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, descriptor, static_cast<off_t>(begin));
  if (mapped == MAP_FAILED) return false;
  ::madvise(mapped, bytes, MADV_HUGEPAGE);  // a hint
  // Where reading memory would be a signal, this is an error.
  const bool read = ::madvise(mapped, bytes, MADV_POPULATE_READ) == 0;
  ::munmap(mapped, bytes);
  return read;
}

}  // namespace

bool in_memory(int descriptor, std::uint64_t offset) {
  char byte = 0;
  iovec target{&byte, 1};
  return ::preadv2(descriptor, &target, 1, static_cast<off_t>(offset), RWF_NOWAIT) >= 0 || errno != EAGAIN;
}

int read_into_memory(int descriptor, std::uint64_t offset, std::uint64_t length) {
  if (length >= kLargePage && read_into_large_pages(descriptor, offset, length)) return 0;
  ::posix_fadvise(descriptor, static_cast<off_t>(offset), static_cast<off_t>(length), POSIX_FADV_WILLNEED);
  char byte = 0;
  for (std::uint64_t at = offset; at < offset + length; at += kReadStep) {
    if (::pread(descriptor, &byte, 1, static_cast<off_t>(at)) < 0) return errno;
  }
  return ::pread(descriptor, &byte, 1, static_cast<off_t>(offset + length - 1)) < 0 ? errno : 0;
}

}  // namespace artifactapi::server
