// How much of the disk is ours and how much may still be.
#pragma once

#include "base/result.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

namespace artifactapi::blobs {

// The file system's figures, in bytes.
struct FileSystemSize {
  std::uint64_t total = 0;
  std::uint64_t free = 0;   // to a process without privileges
  bool takes_files = true;  // it is writable, and has more than a few inodes left
};

struct SpaceLimit {
  std::optional<std::uint64_t> bytes = std::nullopt;  // as configured
  unsigned percent = 90;                              // of the file system, when no bytes are configured
};

class Reservation;

// Counts blobs and spool against the limit. Thread-safe; never blocks longer than one statvfs, asked every
// 100 ms at most unless a request would be refused or is for a file. Must outlive its reservations.
class Space {
 public:
  using Probe = std::function<Result<FileSystemSize>()>;

  // `blob_bytes`: what the catalog says is stored; LocalBlobs::scan corrects it later.
  [[nodiscard]] static Result<std::unique_ptr<Space>> open(const std::filesystem::path& directory,
                                                           const SpaceLimit& limit, std::uint64_t blob_bytes);
  Space(Probe probe, const SpaceLimit& limit, std::uint64_t blob_bytes);

  [[nodiscard]] std::uint64_t used() const;   // blobs + reserved for spool files
  [[nodiscard]] std::uint64_t limit() const;  // the configured bytes, else the percentage of the file system
  [[nodiscard]] std::uint64_t kept_free()
      const;  // bytes of the file system that we leave to the catalog and others

  // NoSpace: over the limit, or the file system's free bytes would fall below what is kept. Evict, then try
  // again.
  [[nodiscard]] Result<Reservation> reserve(std::uint64_t bytes);
  // The same for a file to be made at once, by figures of this moment. NoSpace also where no file can be
  // made.
  [[nodiscard]] Result<Reservation> reserve_for_file(std::uint64_t bytes);

  // How much to evict so that `wanted` more bytes fit and some room is left (5 % of the limit). 0: nothing to
  // do.
  [[nodiscard]] std::uint64_t bytes_to_free(std::uint64_t wanted = 0);

  // For LocalBlobs: what was set aside for a blob is the blob's now, in one step, so that nobody ever sees it
  // counted twice and evicts for it.
  void became_blob(Reservation room, std::uint64_t bytes);
  // For LocalBlobs: blobs that went or were changed, and corrections by the scan.
  void blob_changed(std::int64_t bytes);

 private:
  friend class Reservation;
  [[nodiscard]] Result<void> take(std::uint64_t bytes);
  [[nodiscard]] Result<void> take_locked(std::uint64_t bytes);
  void give_back(std::uint64_t bytes);
  [[nodiscard]] std::uint64_t used_locked() const;
  [[nodiscard]] std::uint64_t limit_locked() const;
  [[nodiscard]] std::uint64_t kept_locked() const;
  [[nodiscard]] std::uint64_t free_locked() const;
  enum class Look : std::uint8_t { IfOld, Now };
  void look(Look when);

  const Probe probe_;
  const SpaceLimit configured_;
  mutable std::mutex mutex_;  // guards what follows
  std::int64_t blob_bytes_ = 0;
  std::uint64_t reserved_ = 0;
  FileSystemSize seen_;
  std::uint64_t granted_since_seen_ = 0;  // may not be in the free bytes yet
  std::optional<std::chrono::steady_clock::time_point> seen_at_;
};

// Bytes set aside for a spool file; given back on destruction.
class Reservation {
 public:
  Reservation() = default;
  Reservation(Reservation&& other) noexcept;
  Reservation& operator=(Reservation&& other) noexcept;
  ~Reservation();

  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  // At least this many bytes in all.
  [[nodiscard]] Result<void> grow_to(std::uint64_t bytes);

 private:
  friend class Space;
  Reservation(Space& space, std::uint64_t bytes) : space_(&space), bytes_(bytes) {}
  Space* space_ = nullptr;
  std::uint64_t bytes_ = 0;
};

}  // namespace artifactapi::blobs
