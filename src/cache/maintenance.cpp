#include "cache/maintenance.h"

namespace artifactapi::cache {

namespace {

constexpr std::chrono::seconds kEvery{1};
constexpr int kRoundsBetweenFlushes = 10;
// What is used all the time costs one write of its row in so long. A crash forgets as much of the order in
// which artifacts go; making room and stopping write down all of it first.
constexpr Milliseconds kLastUseResolution = std::chrono::minutes{5};

}  // namespace

void Maintenance::request_stop() {
  stopping_.store(true);
  stop_.ring();
}

// Until it has read them all, every miss looks into the catalog; one that cannot be read leaves it at that.
runtime::Task<> Maintenance::learn_keys() {
  auto learn = [this] { return catalog_.learn_keys().value_or(false); };
  while (!stopping_.load() && co_await runtime::offload(pool_, learn)) {
  }
}

runtime::Task<> Maintenance::run() {
  auto told_to_stop = [this] { return stopping_.load(); };
  for (int round = 1;; ++round) {
    const auto next = std::chrono::steady_clock::now() + kEvery;
    const bool stopping = co_await stop_.wait_until(told_to_stop, next);
    fills_.give_up_unwanted(std::chrono::steady_clock::now());
    const bool flush = stopping || round % kRoundsBetweenFlushes == 0;
    auto work = [this, stopping, flush] {
      if (flush) evictor_.flush_last_uses(stopping ? Milliseconds{} : kLastUseResolution);
      if (!stopping) {
        evictor_.keep_room();
        evictor_.remove_orphans(clock_.now());
        verifier_.read_on();
      }
      return true;
    };
    co_await runtime::offload(pool_, work);
    if (stopping) co_return;
  }
}

}  // namespace artifactapi::cache
