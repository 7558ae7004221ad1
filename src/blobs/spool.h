// A file that grows until its bytes are known to be right.
#pragma once

#include "base/file.h"
#include "base/result.h"
#include "blobs/leftovers.h"
#include "blobs/space.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>

namespace artifactapi::blobs {

// Made by LocalBlobs::create_spool, ended by LocalBlobs::publish or by destruction, which unlinks it (readers
// that hold file() go on reading). The store outlives it. Append-only and never used again: its pages may
// still be in socket queues. Blocks: append and destroy it on a pool thread, by one thread at a time. file()
// may be read by any number of others, up to a length they were told after the append returned (pread,
// sendfile with an offset; never its file position). Of a file larger than kCachedWhole only the last
// kCachedTail bytes stay in the page cache while it grows; who reads further back reads from the disk.
class SpoolFile {
 public:
  static constexpr std::uint64_t kCachedWhole = 64ULL << 20;
  static constexpr std::uint64_t kCachedTail = 16ULL << 20;

  SpoolFile() = default;
  SpoolFile(SpoolFile&&) noexcept;
  SpoolFile& operator=(SpoolFile&&) noexcept;
  ~SpoolFile();

  // All bytes or a failure, after which the file is only good for destruction. NoSpace: disk, quota or our
  // limit.
  [[nodiscard]] Result<void> append(std::string_view bytes);
  // Takes its name away: what reads it goes on, its room is given back with it, and no later start finds it.
  void unname() noexcept;
  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] std::shared_ptr<const File> file() const { return file_; }
  explicit operator bool() const { return file_ != nullptr; }

 private:
  friend class LocalBlobs;
  SpoolFile(std::filesystem::path path, std::shared_ptr<const File> file, Reservation reservation,
            Leftovers& leftovers);
  // Sets so much aside on the disk: the beginning at once, the rest with the second piece.
  [[nodiscard]] Result<void> expect(std::uint64_t bytes);
  [[nodiscard]] Result<void> set_aside(std::uint64_t bytes);
  [[nodiscard]] Result<void> make_room(std::uint64_t end);
  void write_out();
  void drop_behind();

  std::filesystem::path path_;  // empty: nothing to unlink
  std::shared_ptr<const File> file_;
  Reservation reservation_;
  Leftovers* leftovers_ = nullptr;  // of the store; set when path_ is
  std::uint64_t size_ = 0;
  std::uint64_t expected_ = 0;     // 0: nothing is left to be set aside
  std::uint64_t written_out_ = 0;  // how far the kernel was asked to write
  bool failed_ = false;
};

}  // namespace artifactapi::blobs
