#include "cache/engine.h"

#include "cache/testing/cache_fixture.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <string>
#include <vector>

namespace artifactapi::cache {
namespace {

using upstream::Method;

constexpr std::uint64_t kLarge = 1U << 20U;

class EngineTest : public CacheTest {};

TEST_F(EngineTest, FetchesOnceStoresAndServesFromTheStore) {
  upstream.add("hello");
  const auto first = expect<Stored>(get(profile(), immutable()));
  EXPECT_EQ(bytes_of(first), "hello");
  EXPECT_EQ(first.outcome, Outcome::Miss);
  settle();
  const auto row = row_of("pool/a.deb");
  ASSERT_TRUE(row);
  EXPECT_EQ(row->digest, Sha256::of("hello"));
  EXPECT_EQ(row->size, 5U);
  EXPECT_EQ(row->expires_at, Time::max());
  const auto second = expect<Stored>(get(profile(), immutable(), 1));
  EXPECT_EQ(bytes_of(second), "hello");
  EXPECT_EQ(second.outcome, Outcome::Hit);
  EXPECT_NE(second.ready, nullptr);
  EXPECT_EQ(upstream.times_asked(), 1U);
}

TEST_F(EngineTest, AnEmptyArtifactIsAnArtifact) {
  upstream.add("");
  EXPECT_EQ(bytes_of(expect<Stored>(get(profile(), immutable()))), "");
  settle();
  hot.kill(cache_key("r", "pool/a.deb"));
  EXPECT_EQ(bytes_of(expect<Stored>(get(profile(), immutable()))), "");
  EXPECT_EQ(upstream.times_asked(), 1U);
}

TEST_F(EngineTest, ServesFromTheDiskWhenMemoryHasLetGo) {
  upstream.add(std::string(kLarge, 'x'));
  const auto growing = get(profile(), immutable());
  settle();
  hot.kill(cache_key("r", "pool/a.deb"));
  const auto stored = expect<Stored>(get(profile(), immutable()));
  EXPECT_EQ(stored.outcome, Outcome::Hit);
  EXPECT_EQ(bytes_of(stored), std::string(kLarge, 'x'));
  EXPECT_EQ(upstream.times_asked(), 1U);
}

TEST_F(EngineTest, FetchesAgainWhenTheBlobIsGone) {
  upstream.add("hello");
  (void)get(profile(), immutable());
  settle();
  hot.kill(cache_key("r", "pool/a.deb"));
  ASSERT_TRUE(disk.store->remove_if(Sha256::of("hello"), [] { return true; }).value());
  upstream.add("hello");
  const auto again = expect<Stored>(get(profile(), immutable()));
  EXPECT_EQ(bytes_of(again), "hello");
  EXPECT_EQ(again.outcome, Outcome::Miss);
}

TEST_F(EngineTest, AsksOnceForAllWhoAskMeanwhileOnAllLoops) {
  ScriptedAnswer answer;
  answer.gate = upstream.make_gate();
  answer.length = 5;
  answer.body = upstream.make_body("hello");
  const auto gate = answer.gate;
  upstream.add(std::move(answer));
  const auto remote = profile();
  std::vector<std::future<Answer>> waiting;
  for (std::size_t i = 0; i < 40; ++i) waiting.push_back(start_get(remote, immutable(), i % 2));
  wait_until_asked(1);
  gate->open();
  for (auto& one : waiting) EXPECT_EQ(bytes_of(expect<Stored>(runtime::result_of(std::move(one)))), "hello");
  EXPECT_EQ(upstream.times_asked(), 1U);
}

TEST_F(EngineTest, ASmallBodyIsAnsweredOnlyWhenAllOfItIsVerified) {
  const auto body = upstream.add_open(10);
  auto waiting = start_get(profile(), immutable());
  body->push("123456789");
  wait_until_asked(1);
  EXPECT_EQ(waiting.wait_for(std::chrono::milliseconds(20)), std::future_status::timeout);
  body->push("0");
  body->end();
  EXPECT_EQ(bytes_of(expect<Stored>(runtime::result_of(std::move(waiting)))), "1234567890");
}

TEST_F(EngineTest, ALargeBodyIsFollowedWhileItGrows) {
  const auto body = upstream.add_open(kLarge);
  body->push(std::string(kLarge / 2, 'a'));
  const auto remote = profile();
  const auto first = expect<Growing>(get(remote, immutable()));
  const auto second = expect<Growing>(get(remote, immutable(), 1));
  EXPECT_EQ(first.fill, second.fill);
  auto read_first = follow(first);
  auto read_second = follow(second, 1);
  body->push(std::string(kLarge / 2, 'b'));
  body->end();
  for (auto* one : {&read_first, &read_second}) {
    const auto read = runtime::result_of(std::move(*one));
    EXPECT_EQ(read.stream, Stream::End);
    EXPECT_EQ(read.bytes, std::string(kLarge / 2, 'a') + std::string(kLarge / 2, 'b'));
  }
  settle();
  EXPECT_TRUE(row_of("pool/a.deb"));
  EXPECT_EQ(upstream.times_asked(), 1U);
}

TEST_F(EngineTest, TheOpeningOfALargeBodyIsSeenWhileItsFileIsStillToBeMade) {
  const auto body = upstream.add_open(kLarge);
  auto asked = start_get(profile(), immutable());
  wait_until_asked(1);
  std::promise<void> released;
  const auto release = released.get_future().share();
  for (int thread = 0; thread < 2; ++thread) pool.post([release] { release.wait(); });
  body->push(std::string(kLarge / 2, 'a'));
  const auto growing = expect<Growing>(runtime::result_of(std::move(asked)));
  EXPECT_GT(growing.fill->visible(), 0U);
  EXPECT_EQ(growing.fill->file(), nullptr);
  EXPECT_EQ(growing.follower->opening().size(), 16U * 1024);
  auto read = follow(growing);
  released.set_value();
  body->push(std::string(kLarge / 2, 'b'));
  body->end();
  const auto all = runtime::result_of(std::move(read));
  EXPECT_EQ(all.stream, Stream::End);
  EXPECT_EQ(all.bytes, std::string(kLarge / 2, 'a') + std::string(kLarge / 2, 'b'));
}

// The first one has begun when its file cannot be made.
TEST_F(EngineTest, ADiskThatFailsBreaksOneLargeBodyAndTheNextArePassedThrough) {
  const auto spool = disk.directory.layout().spool();
  std::filesystem::remove(spool);
  std::ofstream(spool) << "in the way";
  upstream.add(std::string(kLarge, 'a'));
  EXPECT_EQ(runtime::result_of(follow(expect<Growing>(get(profile(), immutable())))).stream, Stream::Broken);
  for (const auto* key : {"pool/b.deb", "pool/a.deb"}) {
    upstream.add(std::string(kLarge, 'b'));
    const auto relayed = expect<Relayed>(get(profile(), immutable(key)));
    ASSERT_NE(relayed.relay, nullptr);
    const auto passed = drain(relayed);
    ASSERT_TRUE(passed) << passed.error().message;
    EXPECT_EQ(*passed, std::string(kLarge, 'b'));
  }
}

TEST_F(EngineTest, AFailureAfterTheFirstByteBreaksFollowersAndStoresNothing) {
  const auto body = upstream.add_open(kLarge);
  body->push(std::string(kLarge / 2, 'a'));
  const auto growing = expect<Growing>(get(profile(), immutable()));
  body->fail(Code::Cut);
  const auto read = runtime::result_of(follow(growing));
  EXPECT_EQ(read.stream, Stream::Broken);
  EXPECT_LT(read.bytes.size(), kLarge / 2);
  settle();
  EXPECT_FALSE(row_of("pool/a.deb"));
}

TEST_F(EngineTest, ABodyOfAnotherLengthThanAnnouncedNeverEndsWell) {
  const auto body = upstream.add_open(kLarge);
  body->push(std::string(kLarge - 1, 'a'));
  const auto growing = expect<Growing>(get(profile(), immutable()));
  body->end();
  EXPECT_EQ(runtime::result_of(follow(growing)).stream, Stream::Broken);
  settle();
  EXPECT_FALSE(row_of("pool/a.deb"));
}

TEST_F(EngineTest, AShortSmallBodyIsAnError) {
  ScriptedAnswer answer;
  answer.length = 10;
  answer.body = upstream.make_body("12345");
  upstream.add(std::move(answer));
  EXPECT_EQ(expect<Error>(get(profile(), immutable())).code, Code::Cut);
  settle();
  EXPECT_FALSE(row_of("pool/a.deb"));
}

TEST_F(EngineTest, WhoComesAfterADownloadWasGivenUpGetsANewOne) {
  auto body = upstream.add_open(std::nullopt);
  body->push(std::string(kLarge, 'a'));
  {
    const auto left = expect<Growing>(get(profile(), immutable()));
  }
  fills.give_up_unwanted(std::chrono::steady_clock::now() + std::chrono::hours(1));
  settle();
  EXPECT_TRUE(body->cancelled());
  EXPECT_FALSE(row_of("pool/a.deb"));
  upstream.add("hello");
  EXPECT_EQ(bytes_of(expect<Stored>(get(profile(), immutable()))), "hello");
}

TEST_F(EngineTest, AFailedFetchIsNotRememberedForTheNext) {
  upstream.add_failure(Code::Timeout);
  EXPECT_EQ(expect<Error>(get(profile(), immutable())).code, Code::Timeout);
  upstream.add("hello");
  EXPECT_EQ(bytes_of(expect<Stored>(get(profile(), immutable()))), "hello");
}

TEST_F(EngineTest, WhatOnlyACloseEndsIsRelayedAndNotStored) {
  ScriptedAnswer answer;
  answer.framed = false;
  answer.body = upstream.make_body("unframed");
  upstream.add(std::move(answer));
  const auto relayed = expect<Relayed>(get(profile(), immutable()));
  EXPECT_FALSE(relayed.length);
  EXPECT_EQ(drain(relayed), "unframed");
  settle();
  EXPECT_FALSE(row_of("pool/a.deb"));
}

TEST_F(EngineTest, ARelayThatBreaksIsAnErrorNotAnEnd) {
  ScriptedAnswer answer;
  answer.framed = false;
  answer.body = upstream.make_body();
  answer.body->push("some");
  answer.body->fail(Code::Cut);
  upstream.add(std::move(answer));
  const auto got = drain(expect<Relayed>(get(profile(), immutable())));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Code::Cut);
}

TEST_F(EngineTest, AHeadNeverFetchesABody) {
  ScriptedAnswer answer;
  answer.length = 5;
  answer.headers = {{"ETag", "\"v1\""}};
  upstream.add(std::move(answer));
  const auto described = expect<Described>(head(profile(), immutable()));
  EXPECT_EQ(described.length, 5U);
  EXPECT_EQ(described.draft->etag, "\"v1\"");
  EXPECT_EQ(upstream.asked().front().method, Method::Head);
  settle();
  EXPECT_FALSE(row_of("pool/a.deb"));
}

TEST_F(EngineTest, AHeadOfWhatIsStoredAsksNobody) {
  upstream.add("hello");
  (void)get(profile(), immutable());
  settle();
  hot.kill(cache_key("r", "pool/a.deb"));
  const auto stored = expect<Stored>(head(profile(), immutable()));
  EXPECT_EQ(stored.row->size, 5U);
  EXPECT_EQ(upstream.times_asked(), 1U);
}

TEST_F(EngineTest, AHeadDuringAFillTellsTheEntityTagOfTheFill) {
  const auto body = upstream.add_open(kLarge);
  body->push(std::string(kLarge, 'a'));
  const auto growing = expect<Growing>(get(profile(), immutable()));
  const auto described = expect<Described>(head(profile(), immutable()));
  EXPECT_EQ(described.length, kLarge);
  EXPECT_EQ(described.draft->etag, growing.fill->draft()->etag);
  body->end();
  EXPECT_EQ(runtime::result_of(follow(growing)).stream, Stream::End);
  EXPECT_EQ(upstream.times_asked(), 1U);
}

TEST_F(EngineTest, APartIsTakenOnlyWhenItIsTheOneAskedFor) {
  catalog::Row draft;
  draft.upstream_etag = "\"v1\"";
  const auto row = std::make_shared<const catalog::Row>(draft);
  const auto part = [&](int status, http::Headers headers) {
    ScriptedAnswer answer;
    answer.status = status;
    answer.headers = std::move(headers);
    answer.body = upstream.make_body("0123456789");
    upstream.add(std::move(answer));
    return runtime::run_on(loops.at(0),
                           engine.part(profile(), std::make_shared<const formats::Plan>(immutable()), row,
                                       http::ByteRange{100, 109}));
  };
  const auto good = part(206, {{"Content-Range", "bytes 100-109/1000"}});
  ASSERT_TRUE(good);
  EXPECT_EQ(good->length, 10U);
  EXPECT_EQ(drain(*good), "0123456789");
  EXPECT_EQ(upstream.asked().back().headers.get("Range"), "bytes=100-109");
  EXPECT_EQ(upstream.asked().back().headers.get("If-Range"), "\"v1\"");
  EXPECT_FALSE(part(200, {}));
  EXPECT_FALSE(part(206, {}));
  EXPECT_FALSE(part(206, {{"Content-Range", "bytes 100-108/1000"}}));
}

// A disk on which nothing larger than 100 KiB can be stored.
class SmallDiskEngineTest : public CacheTest {
 protected:
  SmallDiskEngineTest() : CacheTest(blobs::SpaceLimit{100 * 1024}) {}
};

TEST_F(SmallDiskEngineTest, WhatDoesNotFitIsPassedThroughToEachForItself) {
  const std::string body(kLarge, 'x');
  ScriptedAnswer answer;
  answer.gate = upstream.make_gate();
  answer.length = kLarge;
  answer.body = upstream.make_body(body);
  const auto gate = answer.gate;
  upstream.add(std::move(answer));
  upstream.add(body);
  const auto remote = profile();
  auto first = start_get(remote, immutable());
  wait_until_asked(1);
  auto second = start_get(remote, immutable(), 1);
  gate->open();
  EXPECT_EQ(drain(expect<Relayed>(runtime::result_of(std::move(first)))), body);
  EXPECT_EQ(drain(expect<Relayed>(runtime::result_of(std::move(second)))), body);
  EXPECT_EQ(upstream.times_asked(), 2U);
  settle();
  EXPECT_FALSE(row_of("pool/a.deb"));
}

TEST_F(SmallDiskEngineTest, WhatGrewBeyondTheDiskUnannouncedIsRelayedWithAllThatHadCome) {
  ScriptedAnswer answer;
  answer.body = upstream.make_body();
  answer.body->push(std::string(60 * 1024, 'a'));
  answer.body->push(std::string(60 * 1024, 'b'));
  answer.body->end();
  upstream.add(std::move(answer));
  const auto relayed = expect<Relayed>(get(profile(), immutable()));
  EXPECT_EQ(drain(relayed), std::string(60 * 1024, 'a') + std::string(60 * 1024, 'b'));
  EXPECT_EQ(upstream.times_asked(), 1U);
}

// Those of both loops, which have read all there is and wait for more.
TEST_F(SmallDiskEngineTest, RunningOutOfSpaceAfterTheFirstByteBreaksFollowers) {
  const auto remote = profile();
  const auto body = upstream.add_open(std::nullopt);
  body->push(std::string(80 * 1024, 'a'));
  std::vector<std::future<Followed>> followed;
  for (std::size_t loop = 0; loop < 2; ++loop) {
    const auto growing = expect<Growing>(get(remote, immutable(), loop));
    followed.push_back(follow(growing, loop));
    runtime::run_on(loops.at(loop), []() -> runtime::Task<> { co_return; }());
  }
  body->push(std::string(80 * 1024, 'b'));
  for (auto& one : followed) EXPECT_EQ(runtime::result_of(std::move(one)).stream, Stream::Broken);
  body->end();
  EXPECT_EQ(upstream.times_asked(), 1U);
}

}  // namespace
}  // namespace artifactapi::cache
