#include "cache/expiring_map.h"

#include <gtest/gtest.h>

#include <string>

namespace artifactapi::cache {
namespace {

constexpr Time kNow{Milliseconds{1'000'000}};

TEST(ExpiringMap, FindsAValueUntilItsTimeIsOver) {
  ExpiringMap<int> map(10);
  EXPECT_FALSE(map.find("a", kNow));
  map.put("a", 1, kNow + Milliseconds{5});
  EXPECT_EQ(map.find("a", kNow), 1);
  EXPECT_EQ(map.find("a", kNow + Milliseconds{4}), 1);
  EXPECT_FALSE(map.find("a", kNow + Milliseconds{5}));
}

TEST(ExpiringMap, WhatHasExpiredIsForgotten) {
  ExpiringMap<int> map(10);
  map.put("a", 1, kNow);
  EXPECT_FALSE(map.find("a", kNow));
  EXPECT_FALSE(map.find("a", kNow - Seconds{1}));
}

TEST(ExpiringMap, ANewValueReplacesTheOldOneAndItsTime) {
  ExpiringMap<std::string> map(10);
  map.put("a", "old", kNow + Seconds{100});
  map.put("a", "new", kNow + Seconds{1});
  EXPECT_EQ(map.find("a", kNow), "new");
  EXPECT_FALSE(map.find("a", kNow + Seconds{1}));
}

TEST(ExpiringMap, OnlyWhoFindsNothingPutsSomething) {
  ExpiringMap<int> map(10);
  EXPECT_TRUE(map.put_if_absent("a", 1, kNow + Seconds{1}, kNow));
  EXPECT_FALSE(map.put_if_absent("a", 2, kNow + Seconds{9}, kNow));
  EXPECT_EQ(map.find("a", kNow), 1);
  EXPECT_TRUE(map.put_if_absent("a", 3, kNow + Seconds{2}, kNow + Seconds{1}));
  EXPECT_EQ(map.find("a", kNow + Seconds{1}), 3);
}

TEST(ExpiringMap, LosesTheOldestFirst) {
  ExpiringMap<int> map(2);
  map.put("a", 1, Time::max());
  map.put("b", 2, Time::max());
  map.put("a", 3, Time::max());  // the newest now
  map.put("c", 4, Time::max());
  EXPECT_EQ(map.find("a", kNow), 3);
  EXPECT_FALSE(map.find("b", kNow));
  EXPECT_EQ(map.find("c", kNow), 4);
}

TEST(ExpiringMap, ForgetsTheKeysItIsTold) {
  ExpiringMap<int> map(10);
  const Time until{Seconds{10}};
  map.put("a/1", 1, until);
  map.put("b/1", 2, until);
  map.put("a/2", 3, until);
  map.forget_if([](std::string_view key) { return key.starts_with("a/"); });
  EXPECT_EQ(map.find("a/1", Time{}), std::nullopt);
  EXPECT_EQ(map.find("a/2", Time{}), std::nullopt);
  EXPECT_EQ(map.find("b/1", Time{}), 2);
}

}  // namespace
}  // namespace artifactapi::cache
