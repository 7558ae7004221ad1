#include "blobs/local_blobs.h"

#include "blobs/disk_error.h"
#include "blobs/files.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

namespace artifactapi::blobs {
namespace {

// Digests remembered for each shelf: 256 shelves of these are a few MiB at most.
constexpr std::size_t kRemembered = 512;

// None: there is no such file.
Result<std::optional<std::uint64_t>> size_of(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) == 0) return static_cast<std::uint64_t>(status.st_size);
  if (errno == ENOENT) return std::nullopt;
  return std::unexpected(disk_error(errno, "look at a blob"));
}

}  // namespace

Result<Reservation> LocalBlobs::set_room_aside(std::uint64_t bytes) {
  if (spool_fails_.load()) return fail(Code::Io, "the last spool file could not be made");
  return space_.reserve_for_file(bytes);
}

Result<SpoolFile> LocalBlobs::create_spool(std::optional<std::uint64_t> expected,
                                           std::optional<Reservation> room) {
  if (!room) {
    auto reserved = space_.reserve(expected.value_or(0));
    if (!reserved) return std::unexpected(reserved.error());
    room = std::move(*reserved);
  }
  auto spool = make_spool(expected.value_or(0), std::move(*room));
  spool_fails_.store(!spool);
  return spool;
}

// Of a slice's first blob: all 256 slices would be most of what a first start takes. A directory that
// somebody removed by hand while we run is made again, too.
Result<void> LocalBlobs::make_directory_of(const std::string& path) {
  if (::mkdir(path.substr(0, path.rfind('/')).c_str(), 0700) == 0) {
    directories_made_.store(true);
  } else if (errno != EEXIST) {
    return std::unexpected(disk_error(errno, "make a directory"));
  }
  return {};
}

Result<void> LocalBlobs::rename_into(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) == 0) return {};
  int error = errno;
  if (error == ENOENT) {
    if (auto made = make_directory_of(to); !made) return made;
    if (::rename(from.c_str(), to.c_str()) == 0) return {};
    error = errno;
  }
  return std::unexpected(disk_error(error, "move a spool file to its place"));
}

Result<File> LocalBlobs::create_file(const std::string& path) {
  constexpr int kFlags = O_RDWR | O_CREAT | O_EXCL;
  constexpr std::string_view kDoing = "create a file";
  auto file = open_file(path, kFlags, kDoing);
  if (!file && file.error().code == Code::NotFound) {
    if (const auto made = make_directory_of(path); !made) return std::unexpected(made.error());
    file = open_file(path, kFlags, kDoing);
    if (!file && file.error().code == Code::NotFound) file.error().code = Code::Io;
  }
  return file;
}

Result<SpoolFile> LocalBlobs::make_spool(std::uint64_t expected, Reservation room) {
  const auto number = next_spool_.fetch_add(1, std::memory_order_relaxed);
  auto path = layout_.spool() / std::to_string(number);
  auto file = create_file(path);
  if (!file) return std::unexpected(file.error());
  SpoolFile spool(std::move(path), std::make_shared<const File>(std::move(*file)), std::move(room),
                  leftovers_);
  if (auto done = spool.expect(expected); !done) return std::unexpected(done.error());
  return spool;
}

Result<std::shared_ptr<const File>> LocalBlobs::publish(SpoolFile&& spool, const Digest& digest,
                                                        const Published& published) {
  SpoolFile mine = std::move(spool);
  Shelf& shelf = shelf_of(digest);
  const std::lock_guard lock(shelf.mutex);
  if (auto done = place(shelf, mine, digest); !done) return std::unexpected(done.error());
  auto file = open_file(layout_.blob(digest), O_RDONLY, "open a blob");
  if (!file) return std::unexpected(file.error());
  if (published) published();
  return std::make_shared<const File>(std::move(*file));
}

Result<void> LocalBlobs::publish_bytes(std::string_view bytes, const Digest& digest,
                                       const Published& published) {
  Shelf& shelf = shelf_of(digest);
  {
    const std::lock_guard lock(shelf.mutex);
    if (is_known_sound(shelf, digest, bytes.size())) {
      if (published) published();
      return {};
    }
  }
  auto spool = create_spool(bytes.size());
  if (!spool) return std::unexpected(spool.error());
  if (auto done = spool->append(bytes); !done) return done;
  const std::lock_guard lock(shelf.mutex);
  if (auto done = place(shelf, *spool, digest); !done) return done;
  if (published) published();
  return {};
}

bool LocalBlobs::hold(std::shared_ptr<const std::string> bytes, const Digest& digest) {
  auto room = space_.reserve(bytes->size());
  return room && held_.keep(digest, std::move(bytes), std::move(*room));
}

Result<void> LocalBlobs::write_held(const Digest& digest) {
  if (!held_.find(digest)) return {};
  Shelf& shelf = shelf_of(digest);
  const std::lock_guard lock(shelf.mutex);
  if (auto written = write_held_locked(shelf, digest); !written) return std::unexpected(written.error());
  return {};
}

// What cannot be written is not stored; it is let go of in any case.
Result<bool> LocalBlobs::write_held_locked(Shelf& shelf, const Digest& digest) {
  const auto bytes = held_.find(digest);
  if (!bytes) return false;
  const auto written = write_locked(shelf, *bytes, digest, held_.take_room(digest));
  held_.let_go(digest);
  if (!written) return std::unexpected(written.error());
  return true;
}

// A new file has its own name at once: no row names it yet, so nobody sees it grow. A crash may leave it
// torn, as it may any file that was published and not synced.
Result<void> LocalBlobs::write_locked(Shelf& shelf, std::string_view bytes, const Digest& digest,
                                      Reservation room) {
  const auto path = layout_.blob(digest);
  if (const auto created = create_file(path)) {
    if (auto done = write_at(*created, bytes, 0, "write a blob"); !done) {
      (void)::unlink(path.c_str());
      return done;
    }
    came_in(shelf, digest, std::move(room), bytes.size());
    return {};
  }
  // Mostly because there is one already; if not, making a spool file tells what is wrong.
  const auto there = existing(shelf, digest, bytes.size());
  if (!there) return std::unexpected(there.error());
  if (*there == Existing::Sound) return {};
  auto spool = create_spool(bytes.size(), std::move(room));
  if (!spool) return std::unexpected(spool.error());
  if (auto done = spool->append(bytes); !done) return done;
  return move_in(shelf, *spool, digest, *there);
}

Result<void> LocalBlobs::place(Shelf& shelf, SpoolFile& spool, const Digest& digest) {
  if (!spool || spool.failed_) return fail(Code::Internal, "only a whole spool file can be published");
  const auto there = existing(shelf, digest, spool.size());
  if (!there) return std::unexpected(there.error());
  if (*there == Existing::Sound) return {};
  return move_in(shelf, spool, digest, *there);
}

Result<void> LocalBlobs::move_in(Shelf& shelf, SpoolFile& spool, const Digest& digest, Existing there) {
  if (auto done = rename_into(spool.path_, layout_.blob(digest)); !done) return done;
  spool.path_.clear();
  came_in(shelf, digest, std::move(spool.reservation_), spool.size());
  if (there == Existing::Damaged && replaced_) replaced_(digest);
  return {};
}

void LocalBlobs::came_in(Shelf& shelf, const Digest& digest, Reservation room, std::uint64_t bytes) {
  remember(shelf, digest);
  shelf.changed += static_cast<std::int64_t>(bytes);
  space_.became_blob(std::move(room), bytes);
}

bool LocalBlobs::is_known_sound(const Shelf& shelf, const Digest& digest, std::uint64_t size) const {
  if (!shelf.sound.contains(digest)) return false;
  const auto there = size_of(layout_.blob(digest));
  return there && *there == size;
}

// A blob of this process is sound; one of an earlier process may have lost bytes with the power between its
// rename and its sync, at the right length even.
Result<LocalBlobs::Existing> LocalBlobs::existing(Shelf& shelf, const Digest& digest, std::uint64_t size) {
  const auto path = layout_.blob(digest);
  const auto there = size_of(path);
  if (!there) return std::unexpected(there.error());
  if (!*there) {
    shelf.sound.erase(digest);
    return Existing::Nothing;
  }
  if (**there == size) {
    if (shelf.sound.contains(digest)) return Existing::Sound;
    const auto file = open_file(path, O_RDONLY, "open a blob");
    const auto hash = file ? hash_file(*file) : Result<Digest>(std::unexpected(file.error()));
    if (hash && *hash == digest) {
      remember(shelf, digest);
      return Existing::Sound;
    }
  }
  // The rename will replace it; whoever reads it now goes on reading the old one.
  count(shelf, -static_cast<std::int64_t>(**there));
  shelf.sound.erase(digest);
  return Existing::Damaged;
}

Result<std::shared_ptr<const File>> LocalBlobs::open(const Digest& digest, std::uint64_t expected_size) {
  if (auto done = write_held(digest); !done) return std::unexpected(done.error());
  auto file = open_file(layout_.blob(digest), O_RDONLY, "open a blob");
  if (!file) {
    forget(digest);
    return std::unexpected(file.error());
  }
  struct stat status{};
  if (::fstat(file->descriptor(), &status) != 0) return std::unexpected(disk_error(errno, "look at a blob"));
  if (!S_ISREG(status.st_mode) || static_cast<std::uint64_t>(status.st_size) != expected_size) {
    forget(digest);
    return fail(Code::Contradicted, fmt::format("the blob {} has {} bytes on the disk, not {}", digest.hex(),
                                                status.st_size, expected_size));
  }
  return std::make_shared<const File>(std::move(*file));
}

Result<bool> LocalBlobs::remove_if(const Digest& digest,
                                   const std::function<Result<bool>()>& still_unreferenced) {
  Shelf& shelf = shelf_of(digest);
  const std::lock_guard lock(shelf.mutex);
  const auto unreferenced = still_unreferenced();
  if (!unreferenced || !*unreferenced) return unreferenced;
  return unlink_locked(shelf, digest);
}

Result<bool> LocalBlobs::unlink_locked(Shelf& shelf, const Digest& digest) {
  const auto path = layout_.blob(digest);
  const auto size = size_of(path);
  if (!size) return std::unexpected(size.error());
  if (!*size) return false;
  if (::unlink(path.c_str()) != 0) return std::unexpected(disk_error(errno, "remove a blob"));
  shelf.sound.erase(digest);
  count(shelf, -static_cast<std::int64_t>(**size));
  return true;
}

Result<bool> LocalBlobs::verify(const Digest& digest) {
  const auto file = open_file(layout_.blob(digest), O_RDONLY, "open a blob");
  if (!file) return std::unexpected(file.error());
  const auto hash = hash_file(*file);
  if (!hash) return std::unexpected(hash.error());
  return *hash == digest;
}

void LocalBlobs::remember(Shelf& shelf, const Digest& digest) {
  // Forgetting costs one hash at the next publication of the same bytes, no more.
  if (shelf.sound.size() >= kRemembered) shelf.sound.clear();
  shelf.sound[digest] = Sound{.placement = next_placement_.fetch_add(1, std::memory_order_relaxed)};
}

// Its file is not what it was: it has to be written again before a row may name it.
void LocalBlobs::forget(const Digest& digest) {
  Shelf& shelf = shelf_of(digest);
  const std::lock_guard lock(shelf.mutex);
  shelf.sound.erase(digest);
}

void LocalBlobs::count(Shelf& shelf, std::int64_t bytes) {
  shelf.changed += bytes;
  space_.blob_changed(bytes);
}

}  // namespace artifactapi::blobs
