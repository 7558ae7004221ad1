// An owned file descriptor. Closing is by destruction; sharing is by shared_ptr<const File>.
#pragma once

#include <atomic>
#include <utility>

namespace artifactapi {

class File {
 public:
  File() = default;
  explicit File(int descriptor) : descriptor_(descriptor) {}
  File(File&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)), spoilt_(other.spoilt()) {}
  File& operator=(File&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    spoilt_.store(other.spoilt_.exchange(spoilt()), std::memory_order_relaxed);
    return *this;
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File();

  explicit operator bool() const { return descriptor_ >= 0; }
  [[nodiscard]] int descriptor() const { return descriptor_; }

  // A reader found it shorter than it must be, or unreadable: whoever keeps it open lets it go and looks for
  // another copy. Any thread.
  void mark_spoilt() const { spoilt_.store(true, std::memory_order_relaxed); }
  [[nodiscard]] bool spoilt() const { return spoilt_.load(std::memory_order_relaxed); }

 private:
  int descriptor_ = -1;
  mutable std::atomic<bool> spoilt_{false};
};

}  // namespace artifactapi
