#include "cache/hot.h"

#include <gtest/gtest.h>

namespace artifactapi::cache {
namespace {

std::shared_ptr<Ready> ready_of(std::size_t size, Time expires = Time::max()) {
  auto ready = std::make_shared<Ready>();
  ready->body = std::make_shared<const std::string>(size, 'x');
  ready->expires_at = expires;
  auto row = std::make_shared<catalog::Row>();
  row->repository = "r";
  row->key = "k";
  ready->row = row;
  return ready;
}

TEST(Hot, AnAnswerWhoseFileIsSpoiltIsNotGivenAgain) {
  auto ready = ready_of(1);
  auto file = std::make_shared<const File>();
  ready->file = file;
  Hot hot(HotLimits{});
  hot.insert("k", ready);
  file->mark_spoilt();
  EXPECT_EQ(hot.find("k"), nullptr);
  EXPECT_FALSE(ready->alive);
  EXPECT_EQ(hot.usage().descriptors, 0U);
}

TEST(Hot, EndsEveryAnswerMadeOfTheSameBytes) {
  Hot hot(HotLimits{});
  const auto with_bytes = [](std::string_view bytes) {
    auto ready = ready_of(1);
    auto row = std::make_shared<catalog::Row>();
    row->digest = Sha256::of(bytes);
    ready->row = row;
    return ready;
  };
  for (const auto* key : {"a", "b", "c"}) hot.insert(key, with_bytes("damaged"));
  hot.insert("d", with_bytes("sound"));
  hot.kill_bytes(Sha256::of("damaged"));
  EXPECT_EQ(hot.usage().entries, 1U);
  EXPECT_TRUE(hot.find("d"));
}

TEST(Hot, ANewAnswerEndsTheOldOne) {
  Hot hot(HotLimits{});
  auto first = ready_of(1);
  hot.insert("k", first);
  auto second = ready_of(2);
  hot.insert("k", second);
  EXPECT_FALSE(first->alive);
  EXPECT_EQ(hot.find("k"), second);
  hot.kill("k");
  EXPECT_FALSE(second->alive);
  EXPECT_EQ(hot.find("k"), nullptr);
}

TEST(Hot, WhatWasLookedUpBeforeAKillIsNotPutIn) {
  Hot hot(HotLimits{});
  const auto before = hot.kills("k");
  hot.insert("k", ready_of(1), {.ended = nullptr, .kills = before});
  EXPECT_NE(hot.find("k"), nullptr);
  hot.kill("k");
  hot.insert("k", ready_of(1), {.ended = nullptr, .kills = before});
  EXPECT_EQ(hot.find("k"), nullptr);
  const auto bytes_before = hot.kills("k");
  hot.kill_bytes(Sha256::of("any"));
  EXPECT_NE(hot.kills("k"), bytes_before);
}

TEST(Hot, StaysWithinItsBytesAndKeepsWhatIsUsed) {
  HotLimits limits;
  limits.bytes = 16 * 64 * 1024;  // 64 KiB a shard
  Hot hot(limits);
  hot.insert("wanted", ready_of(8 * 1024));
  for (int i = 0; i < 2000; ++i) {
    hot.insert("filler " + std::to_string(i), ready_of(8 * 1024));
    ASSERT_NE(hot.find("wanted"), nullptr) << i;
    ASSERT_LE(hot.usage().bytes, limits.bytes);
  }
}

TEST(Hot, WhatIsLargerThanAShardIsNotKept) {
  HotLimits limits;
  limits.bytes = 16 * 1024;
  Hot hot(limits);
  hot.insert("k", ready_of(64 * 1024));
  EXPECT_EQ(hot.find("k"), nullptr);
  EXPECT_EQ(hot.usage().entries, 0U);
}

TEST(Hot, BoundsOpenFiles) {
  HotLimits limits;
  limits.descriptors = 16;
  Hot hot(limits);
  for (int i = 0; i < 100; ++i) {
    auto ready = ready_of(1);
    ready->file = std::make_shared<const File>();
    hot.insert(std::to_string(i), ready);
    ASSERT_LE(hot.usage().descriptors, 16U);
  }
}

std::shared_ptr<Ready> file_only_here(std::uint64_t size) {
  auto ready = ready_of(1);
  ready->file = std::make_shared<const File>();
  ready->size = size;
  ready->only_here = true;
  return ready;
}

TEST(Hot, BoundsTheDiskThatFilesTakeWhichNothingElseKnows) {
  HotLimits limits;
  limits.only_here = 1000;
  Hot hot(limits);
  hot.insert("plain", ready_of(1));
  hot.insert("wanted", file_only_here(300));
  for (int i = 0; i < 100; ++i) {
    hot.insert("other " + std::to_string(i), file_only_here(200));
    ASSERT_NE(hot.find("wanted"), nullptr) << i;
    ASSERT_LE(hot.usage().only_here, 1000U);
  }
  EXPECT_NE(hot.find("plain"), nullptr) << "what is elsewhere too does not make room for it";
  const auto too_large = file_only_here(1001);
  hot.insert("too large", too_large);
  EXPECT_FALSE(too_large->alive);
  EXPECT_NE(hot.find("wanted"), nullptr) << "what cannot be kept pushes nothing out";
}

TEST(Hot, AnAnswerEndsTheOldOneWhereverThatLies) {
  Hot hot(HotLimits{});
  const auto large = file_only_here(100);
  hot.insert("k", large);
  const auto small = ready_of(1);
  hot.insert("k", small);
  EXPECT_FALSE(large->alive);
  EXPECT_EQ(hot.find("k"), small);
  const auto again = file_only_here(100);
  hot.insert("k", again);
  EXPECT_FALSE(small->alive);
  EXPECT_EQ(hot.find("k"), again);
  hot.kill("k");
  EXPECT_EQ(hot.usage().entries, 0U);
  EXPECT_EQ(hot.usage().only_here, 0U);
}

TEST(Hot, ReportsLastUsesOnceEach) {
  Hot hot(HotLimits{});
  auto ready = ready_of(1);
  hot.insert("k", ready);
  EXPECT_TRUE(hot.take_touches().empty());
  ready->last_access = 5000;
  ASSERT_EQ(hot.take_touches().size(), 1U);
  EXPECT_TRUE(hot.take_touches().empty());
  ready->last_access = 6000;
  hot.kill("k");
  const auto touches = hot.take_touches();
  ASSERT_EQ(touches.size(), 1U);
  EXPECT_EQ(touches[0].last_access, Time{Milliseconds{6000}});
}

TEST(Hot, ReportsALastUseThatIsLittleLaterOnlyWhenTheEntryLeaves) {
  Hot hot(HotLimits{});
  auto ready = ready_of(1);
  ready->last_access = 1000;
  hot.insert("k", ready);
  ready->last_access = 5999;
  EXPECT_TRUE(hot.take_touches(Milliseconds{5000}).empty());
  ready->last_access = 6000;
  ASSERT_EQ(hot.take_touches(Milliseconds{5000}).size(), 1U);
  ready->last_access = 6001;
  EXPECT_TRUE(hot.take_touches(Milliseconds{5000}).empty());
  hot.kill("k");
  const auto touches = hot.take_touches(Milliseconds{5000});
  ASSERT_EQ(touches.size(), 1U);
  EXPECT_EQ(touches[0].last_access, Time{Milliseconds{6001}});
}

TEST(Hot, EndsTheAnswersOfARepositoryAndTakesNoneForOneThatEnded) {
  Hot hot(HotLimits{});
  auto going = ready_of(1);
  going->repository = "going";
  auto staying = ready_of(1);
  staying->repository = "staying";
  std::atomic<bool> ended{false};
  hot.insert("going/k", going, {.ended = &ended, .kills = {}});
  hot.insert("staying/k", staying);
  ended = true;
  hot.kill_repositories({"going", "none"});
  EXPECT_FALSE(going->alive);
  EXPECT_TRUE(staying->alive);
  hot.insert("going/k", ready_of(1), {.ended = &ended, .kills = {}});
  EXPECT_EQ(hot.find("going/k"), nullptr);
  EXPECT_EQ(hot.find("staying/k"), staying);
}

}  // namespace
}  // namespace artifactapi::cache
