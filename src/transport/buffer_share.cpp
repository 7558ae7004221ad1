#include "transport/buffer_share.h"

#include <algorithm>
#include <atomic>

namespace artifactapi::transport {

namespace {

constexpr std::size_t kBufferedInAll = 32 * 1024 * 1024;
constexpr std::size_t kLeastBuffered = 32 * 1024;
constexpr std::size_t kMostBuffered = 1024 * 1024;
constexpr std::size_t kMostOfFirst = 64 * 1024;

constinit std::atomic<std::size_t> transfers_in_process{0};

}  // namespace

BufferShare::BufferShare() {
  transfers_in_process.fetch_add(1, std::memory_order_relaxed);
}

BufferShare::~BufferShare() {
  transfers_in_process.fetch_sub(1, std::memory_order_relaxed);
}

std::size_t BufferShare::room(std::uint64_t taken) {
  const auto running = std::max<std::size_t>(transfers(), 1);
  const auto bound = std::clamp(kBufferedInAll / running, kLeastBuffered, kMostBuffered);
  return static_cast<std::size_t>(std::clamp<std::uint64_t>(taken, std::min(kMostOfFirst, bound), bound));
}

std::size_t BufferShare::transfers() {
  return transfers_in_process.load(std::memory_order_relaxed);
}

}  // namespace artifactapi::transport
