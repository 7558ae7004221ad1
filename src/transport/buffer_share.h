// How many received bytes a transfer may hold before somebody takes them: all transfers of the process share
// one bound.
#pragma once

#include <cstddef>
#include <cstdint>

namespace artifactapi::transport {

// One for each transfer, for as long as it lives; any thread.
class BufferShare {
 public:
  BufferShare();
  ~BufferShare();
  BufferShare(const BufferShare&) = delete;
  BufferShare& operator=(const BufferShare&) = delete;

  // Between 32 KiB and 1 MiB, the less the more transfers there are. Readers wait for the first bytes: at
  // first it is 64 KiB at most, and then as much again as was `taken`.
  [[nodiscard]] static std::size_t room(std::uint64_t taken);

  // Transfers of the process.
  [[nodiscard]] static std::size_t transfers();
};

}  // namespace artifactapi::transport
