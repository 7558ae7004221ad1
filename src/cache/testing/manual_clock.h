// A clock that stands still until a test moves it.
#pragma once

#include "base/clock.h"

#include <atomic>

namespace artifactapi::cache {

// Any thread.
class ManualClock final : public Clock {
 public:
  [[nodiscard]] Time now() const override { return Time(Milliseconds(now_.load())); }
  void advance(Milliseconds by) { now_ += by.count(); }

 private:
  std::atomic<Milliseconds::rep> now_{1'700'000'000'000};
};

}  // namespace artifactapi::cache
