#include "upstream/breaker.h"

#include <gtest/gtest.h>

namespace artifactapi::upstream {
namespace {

constexpr Time kStart{Milliseconds{1'000'000}};

void fail(Breaker& breaker, std::uint32_t times) {
  for (std::uint32_t i = 0; i < times; ++i) breaker.failed(kStart);
}

TEST(Breaker, OpensAfterFiveFailuresInARowAndNotBefore) {
  Breaker breaker;
  fail(breaker, 4);
  EXPECT_TRUE(breaker.admit(kStart));
  fail(breaker, 1);
  EXPECT_FALSE(breaker.admit(kStart));
  EXPECT_TRUE(breaker.open());
}

TEST(Breaker, AnAnswerInBetweenStartsTheCountAgain) {
  Breaker breaker;
  fail(breaker, 4);
  breaker.succeeded();
  fail(breaker, 4);
  EXPECT_TRUE(breaker.admit(kStart));
}

TEST(Breaker, LetsOneProbeThroughEachSecondUntilOneSucceeds) {
  Breaker breaker;
  fail(breaker, 5);
  EXPECT_FALSE(breaker.admit(kStart + Milliseconds{999}));
  EXPECT_TRUE(breaker.admit(kStart + Milliseconds{1000}));
  EXPECT_FALSE(breaker.admit(kStart + Milliseconds{1001}));
  EXPECT_TRUE(breaker.admit(kStart + Milliseconds{2000}));
  breaker.succeeded();
  EXPECT_TRUE(breaker.admit(kStart + Milliseconds{2001}));
}

TEST(Breaker, AClockSetBackDoesNotKeepItOpen) {
  Breaker breaker;
  fail(breaker, 5);
  EXPECT_TRUE(breaker.admit(kStart - Seconds{3600}));
}

}  // namespace
}  // namespace artifactapi::upstream
