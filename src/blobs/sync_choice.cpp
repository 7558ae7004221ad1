#include "blobs/sync_choice.h"

#include <charconv>
#include <sys/utsname.h>
#include <utility>

namespace artifactapi::blobs {

bool SyncChoice::whole_file_system(std::size_t blobs, Instant now) const {
  return reports_errors_ && blobs >= kWorthIt && now >= not_before_.load(std::memory_order_relaxed);
}

void SyncChoice::took(std::chrono::steady_clock::duration time, Instant now) {
  if (time > kTooLong) not_before_.store(now + kPause, std::memory_order_relaxed);
}

bool syncfs_reports_errors(std::string_view release) {
  constexpr std::pair kFirst{5, 8};
  std::pair version{0, 0};
  const char* const begin = release.data();
  const char* const end = begin + release.size();
  const auto major = std::from_chars(begin, end, version.first);
  if (major.ec != std::errc() || major.ptr == end || *major.ptr != '.') return false;
  const auto minor = std::from_chars(major.ptr + 1, end, version.second);
  return minor.ec == std::errc() && version >= kFirst;
}

bool syncfs_reports_errors() {
  utsname kernel{};
  return ::uname(&kernel) == 0 && syncfs_reports_errors(kernel.release);
}

}  // namespace artifactapi::blobs
