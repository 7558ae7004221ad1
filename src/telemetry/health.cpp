#include "telemetry/health.h"

#include <algorithm>

namespace artifactapi::telemetry {

std::string_view to_string(Part part) {
  switch (part) {
    case Part::Database: return "database";
    case Part::Redis: return "redis";
    case Part::Storage: return "storage";
    case Part::Config: return "config";
  }
  return "";
}

std::string_view to_string(PartStatus status) {
  switch (status) {
    case PartStatus::Off: return "off";
    case PartStatus::Healthy: return "healthy";
    case PartStatus::Degraded: return "degraded";
  }
  return "";
}

void Health::healthy(Part part) {
  if (known_[static_cast<std::size_t>(part)].load(std::memory_order_relaxed) == PartStatus::Healthy) return;
  set(part, PartStatus::Healthy, {});
}

void Health::degraded(Part part, std::string_view error) {
  set(part, PartStatus::Degraded, error);
}

void Health::set(Part part, PartStatus status, std::string_view error) {
  const auto index = static_cast<std::size_t>(part);
  const std::lock_guard lock(mutex_);
  auto& state = states_[index];
  if (state.status != status) state.since = clock_.now();
  state.status = status;
  state.error = error;
  known_[index].store(status, std::memory_order_relaxed);
}

PartState Health::state(Part part) const {
  const std::lock_guard lock(mutex_);
  return states_[static_cast<std::size_t>(part)];
}

bool Health::all_well() const {
  return std::ranges::none_of(known_,
                              [](const auto& status) { return status.load() == PartStatus::Degraded; });
}

}  // namespace artifactapi::telemetry
