// Takes in one body: hashes it, keeps it in memory while it is small, in a spool file from then on.
#pragma once

#include "base/digest.h"
#include "base/result.h"
#include "blobs/spool.h"
#include "cache/cache_services.h"
#include "cache/promise_check.h"
#include "runtime/task.h"

#include <cstdint>
#include <optional>
#include <string>

namespace artifactapi::cache {

// Used by one coroutine. Destroying it drops what was taken in.
class Intake {
 public:
  Intake(CacheServices& services, std::optional<std::uint64_t> announced)
      : services_(services), announced_(announced) {}
  ~Intake();
  Intake(const Intake&) = delete;
  Intake& operator=(const Intake&) = delete;

  // Before the first append; does not block. True: the body is not small, and the disk has room for it and
  // took the last one.
  [[nodiscard]] bool is_sure_of_room();
  // Takes the next chunk, at once, while the body is small; false: append() has to.
  [[nodiscard]] bool take_small(std::string& chunk);
  // The first one sets room aside for an announced length that is not small. NoSpace or Io: it cannot be
  // stored. What has come, this chunk too, is all in memory if whole_in_memory().
  [[nodiscard]] runtime::Task<Result<void>> append(std::string chunk);

  [[nodiscard]] std::uint64_t received() const { return received_; }
  [[nodiscard]] bool spooled() const { return static_cast<bool>(spool_); }
  [[nodiscard]] bool whole_in_memory() const { return memory_.size() == received_; }
  [[nodiscard]] std::shared_ptr<const File> file() const { return spool_.file(); }

  // Before the first append: the bytes have to have that digest.
  void compare_with(const formats::Promise& promise) { promise_.emplace(promise); }

  // After the last append. agrees(): with what compare_with was given, if anything.
  [[nodiscard]] bool agrees() { return !promise_ || promise_->kept(); }
  [[nodiscard]] Digest finish() { return std::move(hash_).finish(); }
  // Whether all that was taken in would keep this promise instead: reads it again. Blocks.
  [[nodiscard]] bool would_keep(const formats::Promise& promise) const;
  [[nodiscard]] std::string take_memory() { return std::move(memory_); }
  [[nodiscard]] blobs::SpoolFile take_spool() { return std::move(spool_); }

 private:
  [[nodiscard]] bool stays_small(std::size_t more) const;
  [[nodiscard]] Result<void> open_spool();
  [[nodiscard]] Result<void> spool(std::string_view bytes);
  void hash(std::string_view bytes);
  void keep(std::string chunk);

  CacheServices& services_;
  std::optional<std::uint64_t> announced_;

  Sha256 hash_;
  std::optional<PromiseCheck> promise_;
  std::string memory_;                      // all that has come, while there is no spool file
  std::optional<blobs::Reservation> room_;  // for the spool file to come
  blobs::SpoolFile spool_;
  std::uint64_t received_ = 0;
};

}  // namespace artifactapi::cache
