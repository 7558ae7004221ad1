// What stays in memory of what was fetched.
#include "cache/engine.h"
#include "cache/testing/cache_fixture.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <future>
#include <string>
#include <utility>

namespace artifactapi::cache {
namespace {

class EngineMemoryTest : public CacheTest {};

TEST_F(EngineMemoryTest, ASmallOneIsInMemoryFromItsSecondUseOn) {
  upstream.add("hello");
  (void)get(profile(), immutable());
  settle();
  EXPECT_EQ(hot.usage().entries, 0U);
  EXPECT_EQ(bytes_of(expect<Stored>(get(profile(), immutable()))), "hello");
  EXPECT_EQ(hot.usage().entries, 1U);
  EXPECT_EQ(upstream.times_asked(), 1U);
}

// The committer, which writes the files of small bodies, is busy when the second one comes.
TEST_F(EngineMemoryTest, ASecondAskerIsGivenWhatHasNoFileYet) {
  std::promise<void> released;
  const auto release = released.get_future().share();
  std::promise<void> busy;
  after_batch = [&busy, release, first = true]() mutable {
    if (std::exchange(first, false)) busy.set_value();
    release.wait();
  };
  for (const auto* body : {"another", "hello"}) upstream.add(body);
  const auto remote = profile();
  (void)get(remote, immutable("pool/another.deb"));
  busy.get_future().wait();
  (void)get(remote, immutable());
  EXPECT_TRUE(runtime::run_on(loops.at(0), engine.idle(runtime::kNoDeadline)));

  const auto file = disk.directory.layout().blob(Sha256::of("hello"));
  EXPECT_FALSE(std::filesystem::exists(file));
  EXPECT_EQ(hot.usage().entries, 0U);
  EXPECT_EQ(bytes_of(expect<Stored>(get(remote, immutable()))), "hello");
  EXPECT_FALSE(std::filesystem::exists(file));
  released.set_value();
  settle();
  EXPECT_TRUE(std::filesystem::exists(file));
  EXPECT_EQ(upstream.times_asked(), 2U);
}

TEST_F(EngineMemoryTest, WhatTwoAskForAtOnceIsInMemory) {
  ScriptedAnswer answer;
  answer.gate = upstream.make_gate();
  answer.body = upstream.make_body("hello");
  const auto gate = answer.gate;
  upstream.add(std::move(answer));
  const auto remote = profile();
  auto first = start_get(remote, immutable());
  wait_until_asked(1);
  auto second = start_get(remote, immutable());
  runtime::run_on(loops.at(0), []() -> runtime::Task<> { co_return; }());  // the second has joined
  gate->open();
  for (auto* one : {&first, &second}) (void)runtime::result_of(std::move(*one));
  settle();
  EXPECT_EQ(hot.usage().entries, 1U);
}

TEST_F(EngineMemoryTest, ANewVersionIsInMemoryInPlaceOfTheOldOne) {
  for (const auto* body : {"old", "new"}) upstream.add(body);
  const auto remote = profile();
  for (int i = 0; i < 2; ++i) EXPECT_EQ(bytes_of(expect<Stored>(get(remote, changing()))), "old");
  settle();
  clock.advance(Seconds{3601});
  EXPECT_EQ(bytes_of(expect<Stored>(get(remote, changing()))), "new");
  settle();
  EXPECT_EQ(hot.usage().entries, 1U);
  EXPECT_EQ(bytes_of(expect<Stored>(get(remote, changing()))), "new");
  EXPECT_EQ(upstream.times_asked(), 2U);
}

// Whoever ends it meanwhile (its document promises other bytes) must not find it back afterwards.
TEST_F(EngineMemoryTest, WhatWasEndedWhileItWasReadIsNotKeptInMemory) {
  upstream.add("hello");
  (void)get(profile(), immutable());
  settle();
  std::promise<void> released;
  const auto release = released.get_future().share();
  for (int thread = 0; thread < 2; ++thread) pool.post([release] { release.wait(); });
  auto asked = start_get(profile(), immutable());
  runtime::run_on(loops.at(0), []() -> runtime::Task<> { co_return; }());  // it is being looked for
  hot.kill(cache_key("r", "pool/a.deb"));
  released.set_value();
  EXPECT_EQ(bytes_of(expect<Stored>(runtime::result_of(std::move(asked)))), "hello");
  EXPECT_EQ(hot.usage().entries, 0U);
  EXPECT_EQ(bytes_of(expect<Stored>(get(profile(), immutable()))), "hello");
  EXPECT_EQ(hot.usage().entries, 1U);
}

}  // namespace
}  // namespace artifactapi::cache
