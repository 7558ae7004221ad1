#include "cache/evictor.h"

#include "cache/testing/cache_fixture.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>

namespace artifactapi::cache {
namespace {

constexpr std::uint64_t kKiB = 1024;
constexpr std::uint64_t kLimit = 100 * kKiB;

class EvictorTest : public CacheTest {
 protected:
  EvictorTest() : CacheTest(blobs::SpaceLimit{kLimit}) {}

  // Bytes of that size, different for each seed.
  static std::string bytes(std::size_t size, char seed) { return std::string(size, seed); }
  catalog::Row row(const std::string& key, const std::string& content, Time used) const {
    catalog::Row made;
    made.repository = "r";
    made.key = key;
    made.digest = Sha256::of(content);
    made.size = content.size();
    made.expires_at = Time::max();
    made.last_access = used;
    return made;
  }
  // Stored durably, last used so many seconds after the others' beginning.
  void store(const std::string& key, const std::string& content, int used) {
    const auto made = row(key, content, Time(Seconds{1'000'000 + used}));
    ASSERT_TRUE(disk.store->publish_bytes(content, made.digest));
    const catalog::Change put = catalog::Put{made};
    ASSERT_TRUE(rows->commit(std::span(&put, 1)));
  }
  [[nodiscard]] bool has_bytes(const std::string& content) const {
    return disk.store->open(Sha256::of(content), content.size()).has_value();
  }
};

TEST_F(EvictorTest, DoesNothingWhileThereIsRoom) {
  store("a", bytes(10 * kKiB, 'a'), 0);
  EXPECT_TRUE(evictor.make_room(50 * kKiB));
  EXPECT_TRUE(row_of("a"));
}

TEST_F(EvictorTest, WhatWasNotUsedForLongestGoesFirst) {
  store("middle", bytes(30 * kKiB, 'm'), 2);
  store("oldest", bytes(30 * kKiB, 'o'), 1);
  store("newest", bytes(30 * kKiB, 'n'), 3);
  EXPECT_TRUE(evictor.make_room(30 * kKiB));
  EXPECT_FALSE(row_of("oldest"));
  EXPECT_FALSE(has_bytes(bytes(30 * kKiB, 'o')));
  EXPECT_TRUE(row_of("middle"));
  EXPECT_TRUE(row_of("newest"));
  EXPECT_TRUE(disk.store->create_spool(30 * kKiB));
}

TEST_F(EvictorTest, AUseThatOnlyMemoryKnowsCounts) {
  store("used", bytes(40 * kKiB, 'u'), 1);
  store("unused", bytes(40 * kKiB, 'x'), 2);
  auto ready = std::make_shared<Ready>();
  ready->row = std::make_shared<catalog::Row>(*row_of("used"));
  hot.insert(cache_key("r", "used"), ready);
  ready->last_access = Time(Seconds{1'000'010}).time_since_epoch().count();
  EXPECT_TRUE(evictor.make_room(30 * kKiB));
  EXPECT_TRUE(row_of("used"));
  EXPECT_FALSE(row_of("unused"));
}

TEST_F(EvictorTest, WhatIsEvictedIsNotServedFromMemoryAnyMore) {
  store("a", bytes(90 * kKiB, 'a'), 1);
  auto ready = std::make_shared<Ready>();
  ready->row = std::make_shared<catalog::Row>(*row_of("a"));
  hot.insert(cache_key("r", "a"), ready);
  EXPECT_TRUE(evictor.make_room(50 * kKiB));
  EXPECT_FALSE(ready->alive);
  EXPECT_EQ(hot.find(cache_key("r", "a")), nullptr);
}

TEST_F(EvictorTest, SharedBytesStayWhileAnotherRowNamesThem) {
  const auto shared = bytes(30 * kKiB, 's');
  store("old", shared, 1);
  store("other", bytes(30 * kKiB, 'x'), 2);
  store("young", shared, 3);
  EXPECT_TRUE(evictor.make_room(50 * kKiB));
  EXPECT_FALSE(row_of("old"));
  EXPECT_FALSE(row_of("other"));
  EXPECT_TRUE(row_of("young"));
  EXPECT_TRUE(has_bytes(shared));
}

TEST_F(EvictorTest, BytesThatARecentCommitNeedsStay) {
  const auto shared = bytes(90 * kKiB, 's');
  store("old", shared, 1);
  const auto ticket = recent.remember("r\nnew", std::make_shared<catalog::Row>(row("new", shared, {})));
  EXPECT_FALSE(evictor.make_room(50 * kKiB));
  EXPECT_TRUE(has_bytes(shared));
  recent.forget("r\nnew", ticket);
}

TEST_F(EvictorTest, WhatIsQueuedForTheCatalogIsMadeDurableFirst) {
  store("old", bytes(40 * kKiB, 'o'), 1);
  const auto content = bytes(40 * kKiB, 'q');
  const auto queued = row("queued", content, Time(Seconds{1'000'000}));
  ASSERT_TRUE(disk.store->publish_bytes(content, queued.digest));
  const auto ticket = recent.remember("r\nqueued", std::make_shared<catalog::Row>(queued));
  committer.enqueue(Commit{catalog::Put{queued}, queued.digest, "r\nqueued", ticket, {}});
  EXPECT_TRUE(evictor.make_room(30 * kKiB));
  EXPECT_FALSE(row_of("queued")) << "it is the older one";
  EXPECT_FALSE(has_bytes(content));
  EXPECT_TRUE(row_of("old"));
}

TEST_F(EvictorTest, WhatIsLargerThanTheLimitEvictsNothing) {
  store("a", bytes(90 * kKiB, 'a'), 1);
  EXPECT_FALSE(evictor.make_room(kLimit + 1));
  EXPECT_TRUE(row_of("a"));
}

TEST_F(EvictorTest, DoesNotClaimRoomThatSpoolFilesTake) {
  const auto spool = disk.store->create_spool(90 * kKiB);
  ASSERT_TRUE(spool);
  EXPECT_FALSE(evictor.make_room(50 * kKiB)) << "there is no blob to evict";
}

TEST_F(EvictorTest, KeepRoomEvictsWhatIsOverTheLimit) {
  store("old", bytes(60 * kKiB, 'o'), 1);
  store("new", bytes(30 * kKiB, 'n'), 2);
  disk.space->blob_changed(static_cast<std::int64_t>(20 * kKiB));  // as if others had grown
  evictor.keep_room();
  EXPECT_FALSE(row_of("old"));
  EXPECT_TRUE(row_of("new"));
}

TEST_F(EvictorTest, OldBytesWithoutARowAreRemoved) {
  store("named", "named", 1);
  ASSERT_TRUE(disk.store->publish_bytes("orphan", Sha256::of("orphan")));
  const auto now = SystemClock().now();
  for (int i = 0; i < 256; ++i) evictor.remove_orphans(now);
  EXPECT_TRUE(has_bytes("orphan")) << "it is young: its row may still come";
  for (int i = 0; i < 256; ++i) evictor.remove_orphans(now + Seconds{301});
  EXPECT_FALSE(has_bytes("orphan"));
  EXPECT_TRUE(has_bytes("named"));
}

}  // namespace
}  // namespace artifactapi::cache
