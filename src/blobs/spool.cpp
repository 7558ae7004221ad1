#include "blobs/spool.h"

#include "blobs/disk_error.h"
#include "blobs/files.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

namespace artifactapi::blobs {
namespace {

// A body of unknown length sets its space aside in steps that grow with it.
constexpr std::uint64_t kSmallestStep = 64ULL << 10;
constexpr std::uint64_t kLargestStep = 8ULL << 20;
// A few bytes that are written at once need no setting aside. Much takes longer than all else before the
// first bytes can be read (256 MiB ten times as long as 64 MiB, some 0.4 ms on ext4).
constexpr std::uint64_t kWrittenAtOnce = 64ULL << 10;
constexpr std::uint64_t kSetAsideAtFirst = 64ULL << 20;
// Writing starts early and in large pieces, so that the fsync at the end finds little left to do.
constexpr std::uint64_t kWriteOut = 8ULL << 20;

}  // namespace

SpoolFile::SpoolFile(std::filesystem::path path, std::shared_ptr<const File> file, Reservation reservation,
                     Leftovers& leftovers)
    : path_(std::move(path)),
      file_(std::move(file)),
      reservation_(std::move(reservation)),
      leftovers_(&leftovers) {}

SpoolFile::SpoolFile(SpoolFile&& other) noexcept
    : path_(std::exchange(other.path_, {})),
      file_(std::exchange(other.file_, nullptr)),
      reservation_(std::move(other.reservation_)),
      leftovers_(other.leftovers_),
      size_(std::exchange(other.size_, 0)),
      expected_(std::exchange(other.expected_, 0)),
      written_out_(std::exchange(other.written_out_, 0)),
      failed_(std::exchange(other.failed_, false)) {}

SpoolFile& SpoolFile::operator=(SpoolFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(file_, other.file_);
  std::swap(reservation_, other.reservation_);
  std::swap(leftovers_, other.leftovers_);
  std::swap(size_, other.size_);
  std::swap(expected_, other.expected_);
  std::swap(written_out_, other.written_out_);
  std::swap(failed_, other.failed_);
  return *this;
}

SpoolFile::~SpoolFile() {
  unname();
}

void SpoolFile::unname() noexcept {
  if (!path_.empty()) leftovers_->unlink(std::exchange(path_, {}));
}

Result<void> SpoolFile::expect(std::uint64_t bytes) {
  if (bytes <= kWrittenAtOnce) return {};
  if (bytes > kSetAsideAtFirst) expected_ = bytes;
  return set_aside(std::min(bytes, kSetAsideAtFirst));
}

// The size that stat tells stays that of the bytes written.
Result<void> SpoolFile::set_aside(std::uint64_t bytes) {
  while (::fallocate(file_->descriptor(), FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(bytes)) != 0) {
    if (errno == EINTR) continue;
    if (errno == EOPNOTSUPP) return {};
    return std::unexpected(disk_error(errno, "set space aside for a spool file"));
  }
  return {};
}

Result<void> SpoolFile::make_room(std::uint64_t end) {
  if (end <= reservation_.bytes()) return {};
  const auto step = std::clamp(size_, kSmallestStep, kLargestStep);
  if (reservation_.grow_to(end + step)) return {};
  return reservation_.grow_to(end);
}

Result<void> SpoolFile::append(std::string_view bytes) {
  if (!file_ || failed_) return fail(Code::Internal, "the spool file is not open for appending");
  const auto end = size_ + bytes.size();
  auto done = make_room(end);
  if (done && size_ > 0 && expected_ > 0) done = set_aside(std::exchange(expected_, 0));
  if (done) done = write_at(*file_, bytes, size_, "write to the spool");
  if (!done) {
    failed_ = true;
    return done;
  }
  size_ = end;
  if (size_ - written_out_ >= kWriteOut) {
    write_out();
    drop_behind();
  }
  return {};
}

// Starts writing what came since the last time and does not wait. A hint: errors show at the sync.
void SpoolFile::write_out() {
  ::sync_file_range(file_->descriptor(), static_cast<off_t>(written_out_),
                    static_cast<off_t>(size_ - written_out_), SYNC_FILE_RANGE_WRITE);
  written_out_ = size_;
}

// The pages given back are the ones the next bytes take: a large artifact passes through a window of them
// instead of pushing everything else out of the page cache. Pages not on the disk yet stay, and those that
// wait in a socket's queue; they are asked for again the next times.
void SpoolFile::drop_behind() {
  if (std::max(size_, reservation_.bytes()) <= kCachedWhole || size_ <= kCachedTail) return;
  const auto end = size_ - kCachedTail;
  const auto begin = end - std::min(end, kCachedWhole);
  ::posix_fadvise(file_->descriptor(), static_cast<off_t>(begin), static_cast<off_t>(end - begin),
                  POSIX_FADV_DONTNEED);
}

}  // namespace artifactapi::blobs
