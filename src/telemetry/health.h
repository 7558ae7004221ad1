// What /health says: the last known state of each part, told by whoever uses the part. Nothing is probed.
#pragma once

#include "base/clock.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace artifactapi::telemetry {

enum class Part : std::uint8_t { Database, Redis, Storage, Config };
inline constexpr std::size_t kParts = 4;
std::string_view to_string(Part part);

enum class PartStatus : std::uint8_t { Off, Healthy, Degraded };
std::string_view to_string(PartStatus status);

struct PartState {
  PartStatus status = PartStatus::Off;
  Time since{};
  std::string error;  // of the last failure; empty while healthy
};

// Any thread. Repeating a state that is known costs one relaxed load.
class Health {
 public:
  explicit Health(const Clock& clock) : clock_(clock) {}
  void healthy(Part part);
  void degraded(Part part, std::string_view error);
  [[nodiscard]] PartState state(Part part) const;
  [[nodiscard]] bool all_well() const;

 private:
  void set(Part part, PartStatus status, std::string_view error);
  const Clock& clock_;
  std::array<std::atomic<PartStatus>, kParts> known_{};
  mutable std::mutex mutex_;
  std::array<PartState, kParts> states_;
};

}  // namespace artifactapi::telemetry
