#include "transport/plain/deadlines.h"

#include <gtest/gtest.h>

#include <functional>
#include <optional>

namespace artifactapi::transport {
namespace {

using std::chrono::milliseconds;

class Waiting final : public Deadlines::Member {
 public:
  explicit Waiting(std::function<void()> action) : action_(std::move(action)) {}
  void timed_out() override { action_(); }

 private:
  std::function<void()> action_;
};

TEST(Deadlines, PassInTheirOrderWhateverTheOrderTheyWereSetIn) {
  runtime::Loop loop(0);
  const auto deadlines = std::make_shared<Deadlines>(loop);
  std::string passed;
  Waiting late([&] {
    passed += "late";
    loop.stop();
  });
  Waiting early([&] { passed += "early "; });
  Waiting cleared([&] { passed += "cleared "; });
  std::optional<Waiting> gone(std::in_place, [&] { passed += "gone "; });
  const auto now = std::chrono::steady_clock::now();
  deadlines->set(late, now + milliseconds(40));
  deadlines->set(early, now + std::chrono::hours(1));
  deadlines->set(early, now + milliseconds(20));
  deadlines->set(cleared, now + milliseconds(10));
  deadlines->set(*gone, now + milliseconds(10));
  deadlines->clear(cleared);
  gone.reset();
  loop.run();
  EXPECT_EQ(passed, "early late");
}

TEST(Deadlines, OneThatHasPassedMaySetAnother) {
  runtime::Loop loop(0);
  const auto deadlines = std::make_shared<Deadlines>(loop);
  int passed = 0;
  Waiting* again = nullptr;
  Waiting waiting([&] {
    if (++passed == 3) return loop.stop();
    deadlines->set(*again, std::chrono::steady_clock::now());
  });
  again = &waiting;
  deadlines->set(waiting, std::chrono::steady_clock::now());
  loop.run();
  EXPECT_EQ(passed, 3);
}

}  // namespace
}  // namespace artifactapi::transport
