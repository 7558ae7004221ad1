#include "blobs/space.h"

#include "blobs/disk_error.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <sys/statvfs.h>
#include <utility>

namespace artifactapi::blobs {
namespace {

constexpr auto kLookAgainAfter = std::chrono::milliseconds(100);
constexpr std::uint64_t kKept = 64ULL << 20;
constexpr std::uint64_t kFewFiles = 16;  // others may take these before we do

Result<FileSystemSize> look_at(const std::filesystem::path& directory) {
  struct statvfs figures{};
  if (::statvfs(directory.c_str(), &figures) != 0) {
    return std::unexpected(disk_error(errno, "ask for the file system's size"));
  }
  const bool writable = (figures.f_flag & ST_RDONLY) == 0;
  // Some file systems do not count inodes.
  const bool has_inodes = figures.f_files == 0 || figures.f_favail > kFewFiles;
  return FileSystemSize{.total = figures.f_blocks * figures.f_frsize,
                        .free = figures.f_bavail * figures.f_frsize,
                        .takes_files = writable && has_inodes};
}

std::uint64_t over(std::uint64_t value, std::uint64_t bound) {
  return value > bound ? value - bound : 0;
}

}  // namespace

Result<std::unique_ptr<Space>> Space::open(const std::filesystem::path& directory, const SpaceLimit& limit,
                                           std::uint64_t blob_bytes) {
  if (auto first = look_at(directory); !first) return std::unexpected(first.error());
  return std::make_unique<Space>([directory] { return look_at(directory); }, limit, blob_bytes);
}

Space::Space(Probe probe, const SpaceLimit& limit, std::uint64_t blob_bytes)
    : probe_(std::move(probe)), configured_(limit), blob_bytes_(static_cast<std::int64_t>(blob_bytes)) {
  look(Look::Now);
}

std::uint64_t Space::used() const {
  const std::lock_guard lock(mutex_);
  return used_locked();
}

std::uint64_t Space::limit() const {
  const std::lock_guard lock(mutex_);
  return limit_locked();
}

std::uint64_t Space::kept_free() const {
  const std::lock_guard lock(mutex_);
  return kept_locked();
}

std::uint64_t Space::used_locked() const {
  // An estimate at the start may have been too low for a moment.
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, blob_bytes_)) + reserved_;
}

std::uint64_t Space::limit_locked() const {
  if (configured_.bytes) return *configured_.bytes;
  return seen_.total / 100 * std::min(configured_.percent, 100U);
}

// 64 MiB or 1 %, whichever is more, but never more than a sixteenth: a small file system is to be used too.
std::uint64_t Space::kept_locked() const {
  return std::min(std::max(kKept, seen_.total / 100), seen_.total / 16);
}

std::uint64_t Space::free_locked() const {
  return over(seen_.free, granted_since_seen_);
}

void Space::look(Look when) {
  const auto now = std::chrono::steady_clock::now();
  if (when == Look::IfOld && seen_at_ && now - *seen_at_ < kLookAgainAfter) return;
  seen_at_ = now;
  // A file system that does not answer keeps its last figures; the write that follows will say what is wrong.
  if (const auto figures = probe_()) {
    seen_ = *figures;
    granted_since_seen_ = 0;
  }
}

Result<void> Space::take(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  look(Look::IfOld);
  return take_locked(bytes);
}

Result<void> Space::take_locked(std::uint64_t bytes) {
  const auto used = used_locked();
  const auto limit = limit_locked();
  if (used > limit || bytes > limit - used) {
    return fail(Code::NoSpace, fmt::format("{} more bytes would pass the disk limit: {} of {} are in use",
                                           bytes, used, limit));
  }
  // Nobody is refused because of old figures.
  if (bytes > over(free_locked(), kept_locked())) look(Look::Now);
  if (bytes > over(free_locked(), kept_locked())) {
    return fail(Code::NoSpace,
                fmt::format("{} more bytes do not fit: the file system has {} free, of which {} stay "
                            "free",
                            bytes, seen_.free, kept_locked()));
  }
  reserved_ += bytes;
  granted_since_seen_ += bytes;
  return {};
}

void Space::give_back(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  reserved_ -= bytes;
}

Result<Reservation> Space::reserve(std::uint64_t bytes) {
  if (auto taken = take(bytes); !taken) return std::unexpected(taken.error());
  return Reservation(*this, bytes);
}

std::uint64_t Space::bytes_to_free(std::uint64_t wanted) {
  const std::lock_guard lock(mutex_);
  look(Look::IfOld);
  const auto limit = limit_locked();
  const auto kept = kept_locked();
  const auto over_limit = over(used_locked() + wanted, limit);
  const auto short_of_free = over(kept + wanted, free_locked());
  if (over_limit == 0 && short_of_free == 0) return 0;
  const auto room = limit / 20;
  const auto blobs = static_cast<std::uint64_t>(std::max<std::int64_t>(0, blob_bytes_));
  return std::min(std::max(over_limit, short_of_free) + room, blobs);
}

void Space::became_blob(Reservation room, std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  blob_bytes_ += static_cast<std::int64_t>(bytes);
  reserved_ -= std::exchange(room.bytes_, 0);
}

void Space::blob_changed(std::int64_t bytes) {
  const std::lock_guard lock(mutex_);
  blob_bytes_ += bytes;
  // So that an evictor that asks again at once does not evict twice.
  if (bytes < 0) seen_.free += static_cast<std::uint64_t>(-bytes);
}

Result<Reservation> Space::reserve_for_file(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  look(Look::Now);
  if (!seen_.takes_files) return fail(Code::NoSpace, "the file system takes no more files");
  if (auto taken = take_locked(bytes); !taken) return std::unexpected(taken.error());
  return Reservation(*this, bytes);
}

Reservation::Reservation(Reservation&& other) noexcept
    : space_(std::exchange(other.space_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}

Reservation& Reservation::operator=(Reservation&& other) noexcept {
  std::swap(space_, other.space_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

Reservation::~Reservation() {
  if (space_ != nullptr) space_->give_back(bytes_);
}

Result<void> Reservation::grow_to(std::uint64_t bytes) {
  if (bytes <= bytes_) return {};
  if (space_ == nullptr) return fail(Code::Internal, "an empty reservation cannot grow");
  if (auto taken = space_->take(bytes - bytes_); !taken) return taken;
  bytes_ = bytes;
  return {};
}

}  // namespace artifactapi::blobs
