#include "cache/committer.h"

#include "base/testing/temporary_directory.h"
#include "blobs/testing/local_disk.h"
#include "cache/testing/failing_catalog.h"
#include "runtime/loop.h"

#include <gtest/gtest.h>

#include <memory>

namespace artifactapi::cache {
namespace {

class CommitterTest : public ::testing::Test {
 protected:
  CommitterTest() : committer(rows, *disk.store, recent, [this](const Result<void>& r) { note(r); }) {}

  void note(const Result<void>& result) {
    const std::lock_guard lock(mutex);
    reports.push_back(result ? std::nullopt : std::optional(result.error().code));
  }
  // A decision to store these bytes under that key; they are published unless they are to be missing.
  Commit put(const std::string& key, const std::string& bytes, bool published = true) {
    auto row = std::make_shared<catalog::Row>();
    row->repository = "r";
    row->key = key;
    row->digest = Sha256::of(bytes);
    row->size = bytes.size();
    if (published) EXPECT_TRUE(disk.store->publish_bytes(bytes, row->digest));
    const auto ticket = recent.remember("r\n" + key, row);
    return Commit{catalog::Put{*row}, row->digest, "r\n" + key, ticket, slots.try_take()};
  }
  bool stored(const std::string& key) { return rows.find("r", key).value().has_value(); }
  [[nodiscard]] bool recent_has(const std::string& key) const { return recent.find("r\n" + key).has_value(); }

  TemporaryDirectory directory;
  blobs::LocalDisk disk{directory.path()};
  FailingCatalog rows{directory.path() / "catalog.db"};
  RecentCommits recent;
  runtime::Loops loops{1};
  runtime::Slots slots{loops, 1000};
  std::mutex mutex;
  std::vector<std::optional<Code>> reports;
  Committer committer;
};

TEST_F(CommitterTest, FlushReturnsWhenWhatWasQueuedIsDurable) {
  committer.flush();
  for (int i = 0; i < 20; ++i) committer.enqueue(put("k" + std::to_string(i), "bytes " + std::to_string(i)));
  committer.flush();
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(stored("k" + std::to_string(i)));
    EXPECT_FALSE(recent_has("k" + std::to_string(i)));
  }
  EXPECT_EQ(committer.committed(), 20U);
}

TEST_F(CommitterTest, FlushDoesNotWaitForWhatCameAfterTheEnd) {
  committer.stop();
  committer.enqueue(put("late", "late"));
  committer.flush();
  EXPECT_FALSE(stored("late"));
}

TEST_F(CommitterTest, TakesManyInOneTransactionAndBoundsABatch) {
  rows.hold();
  committer.enqueue(put("first", "first"));
  rows.wait_until_held();
  for (int i = 0; i < 600; ++i) committer.enqueue(put("k" + std::to_string(i), "same bytes"));
  rows.release();
  committer.flush();
  EXPECT_EQ(rows.batches(), (std::vector<std::size_t>{1, 512, 88}));
  EXPECT_EQ(committer.committed(), 601U);
}

TEST_F(CommitterTest, BytesThatCannotBeMadeDurableGetNoRow) {
  rows.hold();
  committer.enqueue(put("first", "first"));
  rows.wait_until_held();
  committer.enqueue(put("lost", "lost bytes", false));
  committer.enqueue(put("good", "good bytes"));
  rows.release();
  committer.flush();
  EXPECT_FALSE(stored("lost"));
  EXPECT_FALSE(recent_has("lost"));
  EXPECT_TRUE(stored("good"));
  EXPECT_EQ(committer.committed(), 2U);
  const std::lock_guard lock(mutex);
  EXPECT_EQ(std::ranges::count(reports, std::optional(Code::NotFound)), 1);
}

TEST_F(CommitterTest, AFailedTransactionIsReportedAndForgotten) {
  rows.fail_next_commit(Code::NoSpace);
  committer.enqueue(put("k", "bytes"));
  committer.flush();
  EXPECT_FALSE(stored("k"));
  EXPECT_FALSE(recent_has("k"));
  EXPECT_EQ(committer.committed(), 0U);
  committer.enqueue(put("k", "bytes"));
  committer.flush();
  EXPECT_TRUE(stored("k"));
  const std::lock_guard lock(mutex);
  EXPECT_EQ(reports, (std::vector<std::optional<Code>>{Code::NoSpace, std::nullopt}));
}

TEST_F(CommitterTest, ANewerDecisionOnTheKeyStaysInMemoryUntilItIsDurableItself) {
  rows.hold();
  committer.enqueue(put("k", "old"));
  rows.wait_until_held();
  auto newer = put("k", "new");
  rows.release();
  committer.flush();
  ASSERT_TRUE(recent_has("k"));
  EXPECT_EQ(recent.find("r\nk")->row->digest, Sha256::of("new"));
  committer.enqueue(std::move(newer));
  committer.flush();
  EXPECT_FALSE(recent_has("k"));
  EXPECT_EQ(rows.find("r", "k").value()->digest, Sha256::of("new"));
}

TEST_F(CommitterTest, DecisionsOnOneKeyKeepTheirOrder) {
  rows.hold();
  committer.enqueue(put("first", "first"));
  rows.wait_until_held();
  committer.enqueue(put("k", "bytes"));
  const auto ticket = recent.remember("r\nk", nullptr);
  committer.enqueue(Commit{catalog::Erase{"r", "k"}, std::nullopt, "r\nk", ticket, slots.try_take()});
  rows.release();
  committer.flush();
  EXPECT_FALSE(stored("k"));
  EXPECT_FALSE(recent_has("k"));
}

TEST_F(CommitterTest, AConflictDoesNotStopTheOthers) {
  committer.enqueue(Commit{catalog::Renew{"r", "not there"}, std::nullopt, "", 0, slots.try_take()});
  committer.enqueue(put("k", "bytes"));
  committer.flush();
  EXPECT_TRUE(stored("k"));
}

TEST_F(CommitterTest, GivesItsPlaceInTheTableBackWhenDone) {
  runtime::Slots one(loops, 1);
  auto commit = put("k", "bytes");
  commit.slot = one.try_take();
  EXPECT_FALSE(one.try_take());
  committer.enqueue(std::move(commit));
  committer.stop();
  EXPECT_TRUE(one.try_take());
}

TEST_F(CommitterTest, StoppingCommitsWhatIsQueued) {
  rows.hold();
  committer.enqueue(put("first", "first"));
  rows.wait_until_held();
  for (int i = 0; i < 300; ++i) committer.enqueue(put("k" + std::to_string(i), "same bytes"));
  rows.release();
  committer.stop();
  EXPECT_TRUE(stored("k299"));
  EXPECT_EQ(committer.committed(), 301U);
}

}  // namespace
}  // namespace artifactapi::cache
