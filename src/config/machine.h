// What this machine, or the cgroup we run in, lets us use: the source of the defaults.
#pragma once

#include <cstdint>
#include <string>

namespace artifactapi::config {

struct Machine {
  unsigned cpus = 1;               // of the cgroup's quota and the affinity mask, rounded up, at least 1
  std::uint64_t memory_bytes = 0;  // of the cgroup's limit, else of the machine; 0: unknown
};

// `root` is where /proc and /sys are looked up: "" for the real ones, a folder in tests. Knows cgroup v1 and
// v2.
[[nodiscard]] Machine probe_machine(const std::string& root = "");

// Size of the file system that holds `path` or its nearest existing parent; 0 when that cannot be told.
[[nodiscard]] std::uint64_t file_system_bytes(const std::string& path);

}  // namespace artifactapi::config
