#include "server/spread.h"

namespace artifactapi::server {

namespace {
constexpr std::size_t kFew = 16;
constexpr std::size_t kToleratedShare = 8;
}  // namespace

Spread::Place Spread::choose(std::size_t lane) {
  const std::size_t own = counts_[lane].value.load(std::memory_order_relaxed);
  if (own > kFew) return stay(lane);
  std::size_t least = own;
  std::size_t emptiest = lane;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    const std::size_t count = counts_[i].value.load(std::memory_order_relaxed);
    if (count >= least) continue;
    least = count;
    emptiest = i;
  }
  return stay(own - least > own / kToleratedShare ? emptiest : lane);
}

std::size_t Spread::total() const {
  std::size_t sum = 0;
  for (const Count& count : counts_) sum += count.value.load(std::memory_order_relaxed);
  return sum;
}

}  // namespace artifactapi::server
