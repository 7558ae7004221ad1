// Which loop serves a new connection. The kernel chooses a listening socket by a hash of the addresses, so of
// a few connections most may come to one loop; their bytes would then share one CPU while others have time.
#pragma once

#include <atomic>
#include <cstddef>
#include <utility>
#include <vector>

namespace artifactapi::server {

// Counts the connections of each lane. Any thread.
class Spread {
 public:
  // One connection's place: counted with its lane while this lives, which must not be longer than the spread.
  class Place {
   public:
    Place(std::atomic<std::size_t>& count, std::size_t lane) : count_(&count), lane_(lane) {
      count.fetch_add(1, std::memory_order_relaxed);
    }
    ~Place() {
      if (count_ != nullptr) count_->fetch_sub(1, std::memory_order_relaxed);
    }
    Place(Place&& other) noexcept : count_(std::exchange(other.count_, nullptr)), lane_(other.lane_) {}
    Place& operator=(Place&&) = delete;

    [[nodiscard]] std::size_t lane() const { return lane_; }

   private:
    std::atomic<std::size_t>* count_;
    std::size_t lane_;
  };

  explicit Spread(std::size_t lanes) : counts_(lanes) {}

  // On `lane` whatever the others have.
  [[nodiscard]] Place stay(std::size_t lane) { return {counts_[lane].value, lane}; }
  // For a connection that came to `lane`: there, or on the lane with the fewest if that has clearly fewer. A
  // change of lanes costs a wake-up: where a lane has more than 16 the kernel's choice is even enough.
  [[nodiscard]] Place choose(std::size_t lane);

  // Connections of all lanes.
  [[nodiscard]] std::size_t total() const;

 private:
  struct alignas(64) Count {
    std::atomic<std::size_t> value{0};
  };
  std::vector<Count> counts_;
};

}  // namespace artifactapi::server
