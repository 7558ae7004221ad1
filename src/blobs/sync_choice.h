// How a batch of blobs is made durable: file by file, or by one sync of the file system they lie in.
#pragma once

#include "base/clock.h"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <string_view>

namespace artifactapi::blobs {

// One syncfs(2) costs a batch of small files a fourth of what syncing each and its directory does, and the
// disk one flush. But it waits for whatever anybody has not written yet in that file system: where that took
// long, it is left alone for a while. Thread-safe.
class SyncChoice {
 public:
  using Instant = std::chrono::steady_clock::time_point;
  static constexpr std::size_t kWorthIt = 4;  // blobs
  static constexpr Milliseconds kTooLong{250};
  static constexpr Seconds kPause{60};

  // `reports_errors`: whether syncfs tells of bytes that were lost; else it is never chosen.
  explicit SyncChoice(bool reports_errors) : reports_errors_(reports_errors) {}

  [[nodiscard]] bool whole_file_system(std::size_t blobs, Instant now) const;
  // After each sync of the whole file system.
  void took(std::chrono::steady_clock::duration time, Instant now);

 private:
  const bool reports_errors_;
  std::atomic<Instant> not_before_{Instant{}};
};

// Whether syncfs does so in a kernel of that release, such as "6.1.0-28-amd64": from Linux 5.8 on
// (syncfs(2)).
[[nodiscard]] bool syncfs_reports_errors(std::string_view release);
// The same of the kernel we run on.
[[nodiscard]] bool syncfs_reports_errors();

}  // namespace artifactapi::blobs
