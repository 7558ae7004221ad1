#include "blobs/files.h"

#include "blobs/disk_error.h"

#include <cerrno>
#include <fcntl.h>
#include <memory>
#include <unistd.h>
#include <utility>

namespace artifactapi::blobs {
namespace {

constexpr mode_t kOwnerOnly = 0600;
constexpr std::size_t kReadAtOnce = std::size_t{256} << 10;

}  // namespace

Result<File> open_file(const std::string& path, int flags, std::string_view doing) {
  int more_flags = O_CLOEXEC | O_NOATIME;
  while (true) {
    const int descriptor = ::open(path.c_str(), flags | more_flags, kOwnerOnly);
    if (descriptor >= 0) return File(descriptor);
    const int error = errno;
    if (error == EINTR) continue;
    if (error == EPERM && (more_flags & O_NOATIME) != 0) {  // somebody else's file
      more_flags &= ~O_NOATIME;
      continue;
    }
    auto failure = disk_error(error, doing);
    if (error == ENOENT) failure.code = Code::NotFound;
    return std::unexpected(std::move(failure));
  }
}

Result<void> write_at(const File& file, std::string_view bytes, std::uint64_t offset,
                      std::string_view doing) {
  while (!bytes.empty()) {
    const auto written = ::pwrite(file.descriptor(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return std::unexpected(disk_error(errno, doing));
    // A short write is followed by one that says why.
    bytes.remove_prefix(static_cast<std::size_t>(written));
    offset += static_cast<std::uint64_t>(written);
  }
  return {};
}

Result<Digest> hash_file(const File& file) {
  Sha256 hash;
  const auto buffer = std::make_unique<char[]>(kReadAtOnce);
  off_t offset = 0;
  while (true) {
    const auto got = ::pread(file.descriptor(), buffer.get(), kReadAtOnce, offset);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::unexpected(disk_error(errno, "read a blob"));
    if (got == 0) return std::move(hash).finish();
    hash.update(std::string_view(buffer.get(), static_cast<std::size_t>(got)));
    offset += got;
  }
}

Result<void> sync_directory(const std::string& path) {
  const auto directory = open_file(path, O_RDONLY | O_DIRECTORY, "open a directory to sync it");
  if (!directory) return std::unexpected(directory.error());
  if (::fsync(directory->descriptor()) != 0) return std::unexpected(disk_error(errno, "sync a directory"));
  return {};
}

}  // namespace artifactapi::blobs
