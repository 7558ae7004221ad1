#include "blobs/data_dir.h"

#include "blobs/disk_error.h"
#include "blobs/files.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <string>
#include <string_view>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <tuple>
#include <unistd.h>

namespace artifactapi::blobs {
namespace {

namespace fs = std::filesystem;

Result<void> make_directory(const fs::path& path) {
  if (::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return {};
  return std::unexpected(disk_error(errno, fmt::format("create the directory {}", path.string())));
}

// The process id written by the holder, or "another process".
std::string holder_of(const File& lock) {
  std::array<char, 32> text{};
  const auto got = ::pread(lock.descriptor(), text.data(), text.size(), 0);
  long id = 0;
  if (got > 0 && std::from_chars(text.data(), text.data() + got, id).ec == std::errc{}) {
    return fmt::format("process {}", id);
  }
  return "another process";
}

Result<File> take_lock(const Layout& layout) {
  auto lock = open_file(layout.lock(), O_RDWR | O_CREAT, "open the data directory's lock file");
  if (!lock) return lock;
  if (::flock(lock->descriptor(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return std::unexpected(disk_error(errno, "lock the data directory"));
    return fail(Code::Overloaded,
                fmt::format("the data directory {} is in use by {}: stop it, or use another "
                            "directory with --data-dir",
                            layout.data().string(), holder_of(*lock)));
  }
  // Only for the message above: a failure to write it does not matter.
  const auto id = fmt::format("{}\n", ::getpid());
  if (::ftruncate(lock->descriptor(), 0) == 0) (void)write_at(*lock, id, 0, "");
  return lock;
}

// Else a blob could be durable in a directory that is not.
Result<void> sync_directories(const Layout& layout) {
  const fs::path blobs(layout.blobs());
  for (const auto& directory : {blobs, blobs.parent_path(), layout.data()}) {
    if (auto synced = sync_directory(directory); !synced) return synced;
  }
  return {};
}

Result<void> empty(const fs::path& directory) {
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end; entry.increment(error)) {
    fs::remove_all(entry->path(), error);
    if (error) break;
  }
  if (error) return std::unexpected(disk_error(error.value(), "empty the spool"));
  return {};
}

}  // namespace

Result<DataDir> DataDir::open(const fs::path& path) {
  std::error_code error;
  const fs::path absolute = fs::absolute(path, error);
  if (error) return std::unexpected(disk_error(error.value(), "find the data directory"));
  const Layout layout(absolute.lexically_normal());
  fs::create_directories(layout.data().parent_path(), error);
  if (auto made = make_directory(layout.data()); !made) return std::unexpected(made.error());
  auto lock = take_lock(layout);
  if (!lock) return std::unexpected(lock.error());
  const fs::path blobs(layout.blobs());
  for (const auto& directory : {layout.spool(), blobs.parent_path(), blobs}) {
    if (auto made = make_directory(directory); !made) return std::unexpected(made.error());
  }
  if (auto synced = sync_directories(layout); !synced) return std::unexpected(synced.error());
  if (auto emptied = empty(layout.spool()); !emptied) return std::unexpected(emptied.error());
  return DataDir(layout, std::move(*lock));
}

void DataDir::empty_spool() const {
  // Nobody is left to be told of a failure; the next start empties the spool again.
  std::ignore = empty(layout_.spool());
}

}  // namespace artifactapi::blobs
