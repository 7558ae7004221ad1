// Looking at what really is on the disk.
#include "blobs/disk_error.h"
#include "blobs/local_blobs.h"

#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <string_view>
#include <sys/stat.h>

namespace artifactapi::blobs {
namespace {

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

Time time_of(const struct timespec& time) {
  return std::chrono::time_point_cast<Milliseconds>(std::chrono::sys_time<std::chrono::nanoseconds>(
      std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec)));
}

void look_at(int directory, const char* name, std::uint8_t first_byte, Slice& found) {
  struct stat status{};
  if (::fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) != 0) return;
  const auto digest = Digest::from_hex(name);
  // Upper-case digits are not our spelling.
  if (!digest || digest->bytes()[0] != first_byte || digest->hex() != name || !S_ISREG(status.st_mode)) {
    ++found.foreign;
    return;
  }
  // A rename sets the change time.
  found.blobs.push_back({*digest, static_cast<std::uint64_t>(status.st_size), time_of(status.st_ctim)});
}

Result<Slice> read_slice(const std::filesystem::path& path, std::uint8_t first_byte) {
  const std::unique_ptr<DIR, CloseDirectory> directory(::opendir(path.c_str()));
  if (!directory && errno == ENOENT) return Slice{};  // no blob has come yet
  if (!directory) return std::unexpected(disk_error(errno, "read a directory of blobs"));
  Slice found;
  while (true) {
    errno = 0;
    const auto* entry = ::readdir(directory.get());
    if (entry == nullptr && errno != 0)
      return std::unexpected(disk_error(errno, "read a directory of blobs"));
    if (entry == nullptr) return found;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") look_at(::dirfd(directory.get()), entry->d_name, first_byte, found);
  }
}

}  // namespace

Result<Slice> LocalBlobs::scan(std::uint8_t first_byte) {
  Shelf& shelf = shelves_[first_byte];
  // Held for all of it, so that the sum below is that of one moment.
  const std::lock_guard lock(shelf.mutex);
  auto slice = read_slice(layout_.slice(first_byte), first_byte);
  if (!slice) return slice;
  std::int64_t bytes = 0;
  for (const auto& blob : slice->blobs) bytes += static_cast<std::int64_t>(blob.size);
  correct(shelf, bytes - shelf.changed);
  return slice;
}

// The accounting started from one sum that the catalog gave. Only when every slice was seen is it known by
// how much that was wrong; from then on each slice corrects its own share.
void LocalBlobs::correct(Shelf& shelf, std::int64_t at_start) {
  const std::lock_guard lock(correcting_);
  if (corrected_) {
    space_.blob_changed(at_start - *shelf.at_start);
    shelf.at_start = at_start;
    return;
  }
  shelf.at_start = at_start;
  std::int64_t sum = 0;
  for (const auto& each : shelves_) {
    if (!each.at_start) return;
    sum += *each.at_start;
  }
  corrected_ = true;
  space_.blob_changed(sum - static_cast<std::int64_t>(believed_at_start_));
}

}  // namespace artifactapi::blobs
