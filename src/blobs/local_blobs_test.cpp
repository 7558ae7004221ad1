#include "blobs/local_blobs.h"

#include "base/testing/temporary_directory.h"
#include "blobs/testing/blob_store_suite.h"
#include "blobs/testing/local_disk.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <fstream>
#include <sys/resource.h>
#include <sys/stat.h>

namespace artifactapi::blobs {
namespace {

namespace fs = std::filesystem;

struct LocalFixture {
  LocalBlobs& store() { return *disk.store; }
  TemporaryDirectory directory;
  LocalDisk disk{directory.path()};
};
INSTANTIATE_TYPED_TEST_SUITE_P(Local, BlobStoreSuite, LocalFixture);

class Blobs : public ::testing::Test {
 protected:
  [[nodiscard]] fs::path path_of(const Digest& digest) const {
    return disk_->directory.layout().blob(digest);
  }
  Digest publish(std::string_view content) {
    const auto digest = Sha256::of(content);
    const auto file = disk_->store->publish_bytes(content, digest);
    EXPECT_TRUE(file) << file.error().message;
    return digest;
  }
  Digest hold(std::string_view content) {
    const auto digest = Sha256::of(content);
    EXPECT_TRUE(disk_->store->hold(std::make_shared<const std::string>(content), digest));
    return digest;
  }
  static ino_t inode_of(const fs::path& path) {
    struct stat status{};
    EXPECT_EQ(::stat(path.c_str(), &status), 0);
    return status.st_ino;
  }
  // What the next process finds.
  void restart(std::uint64_t blob_bytes = 0) {
    disk_.reset();
    disk_ = std::make_unique<LocalDisk>(directory_.path(), SpaceLimit{}, blob_bytes);
  }
  void scan_all() {
    for (unsigned byte = 0; byte < 256; ++byte)
      ASSERT_TRUE(disk_->store->scan(static_cast<std::uint8_t>(byte)));
  }

  TemporaryDirectory directory_;
  std::unique_ptr<LocalDisk> disk_ = std::make_unique<LocalDisk>(directory_.path());
};

TEST_F(Blobs, PublishMovesTheSpoolFileAndItsSpace) {
  auto spool = *disk_->store->create_spool(1000);
  ASSERT_TRUE(spool.append("hello"));
  const auto reader = spool.file();
  const auto file = disk_->store->publish(std::move(spool), Sha256::of("hello"));
  ASSERT_TRUE(file);
  EXPECT_EQ(::fcntl((*file)->descriptor(), F_GETFL) & O_ACCMODE, O_RDONLY);
  EXPECT_TRUE(fs::is_empty(disk_->directory.layout().spool()));
  EXPECT_EQ(disk_->space->used(), 5U);
  EXPECT_EQ(content_of(*reader), "hello");
}

TEST_F(Blobs, ABlobIsNotCountedBesideItsSpoolFile) {
  std::uint64_t used = 0;
  const auto published = [&] { used = disk_->space->used(); };
  ASSERT_TRUE(disk_->store->publish_bytes("hello", Sha256::of("hello"), published));
  EXPECT_EQ(used, 5U) << "who asks for room at this moment would evict for bytes that are not there";
}

TEST_F(Blobs, PublishKeepsASoundBlobThatIsThere) {
  const auto digest = publish("hello");
  const auto inode = inode_of(path_of(digest));
  publish("hello");
  EXPECT_EQ(inode_of(path_of(digest)), inode);
  EXPECT_EQ(disk_->space->used(), 5U);
  EXPECT_TRUE(fs::is_empty(disk_->directory.layout().spool()));
  EXPECT_TRUE(disk_->replaced.empty());
}

TEST_F(Blobs, PublishKeepsASoundBlobOfAnEarlierProcess) {
  const auto digest = publish("hello");
  const auto inode = inode_of(path_of(digest));
  restart(5);
  publish("hello");
  EXPECT_EQ(inode_of(path_of(digest)), inode);
  EXPECT_EQ(disk_->space->used(), 5U);
  EXPECT_TRUE(disk_->replaced.empty());
}

TEST_F(Blobs, PublishReplacesATornBlobOfAnEarlierProcessAndTellsOfIt) {
  const auto digest = publish("hello");
  for (const auto* torn : {"hel\0\0", "he"}) {
    restart(5);
    std::ofstream(path_of(digest), std::ios::binary).write(torn, torn[2] == 'l' ? 5 : 2);
    const auto old = disk_->store->open(digest, fs::file_size(path_of(digest)));
    publish("hello");
    EXPECT_EQ(content_of(**disk_->store->open(digest, 5)), "hello");
    EXPECT_NE(content_of(**old), "hello");
    EXPECT_EQ(disk_->replaced, std::vector{digest});
  }
}

TEST_F(Blobs, ADirectoryIsMadeWithItsFirstBlobForTheOwnerAlone) {
  const auto& blobs = disk_->directory.layout().blobs();
  EXPECT_TRUE(fs::is_empty(blobs));
  const auto held = hold("small");
  for (const auto& synced : disk_->store->sync(std::vector{held, publish("hello")})) EXPECT_TRUE(synced);
  EXPECT_EQ(std::distance(fs::directory_iterator(blobs), {}), 2);
  struct stat status{};
  ASSERT_EQ(::stat(path_of(held).parent_path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0700U);
}

TEST_F(Blobs, ScanFindsNothingWhereNoBlobHasCome) {
  const auto slice = disk_->store->scan(0);
  ASSERT_TRUE(slice) << slice.error().message;
  EXPECT_TRUE(slice->blobs.empty());
}

TEST_F(Blobs, PublishMakesADeletedDirectoryAgain) {
  const auto digest = Sha256::of("hello");
  fs::remove_all(path_of(digest).parent_path());
  publish("hello");
  EXPECT_TRUE(disk_->store->open(digest, 5));
}

TEST_F(Blobs, PublishFailsWhenTheSpoolFileWasDeleted) {
  auto spool = *disk_->store->create_spool(5);
  ASSERT_TRUE(spool.append("hello"));
  fs::remove_all(disk_->directory.layout().spool());
  const auto failed = disk_->store->publish(std::move(spool), Sha256::of("hello"));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Code::Io);
  EXPECT_EQ(disk_->space->used(), 0U);
}

TEST_F(Blobs, SyncAnswersForEachDigest) {
  std::vector<Digest> digests;
  for (int i = 0; i < 40; ++i) digests.push_back(publish(std::to_string(i)));
  digests.insert(digests.begin() + 7, Sha256::of("never published"));
  const auto answers = disk_->store->sync(digests);
  ASSERT_EQ(answers.size(), 41U);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    EXPECT_EQ(answers[i].has_value(), i != 7) << (answers[i] ? "" : answers[i].error().message);
  }
  EXPECT_EQ(answers[7].error().code, Code::NotFound);
  EXPECT_TRUE(disk_->store->sync({}).empty());
}

TEST_F(Blobs, SyncAnswersForEachOfAFew) {
  const std::vector<Digest> digests{publish("hello"), Sha256::of("never published")};
  const auto answers = disk_->store->sync(digests);
  EXPECT_TRUE(answers[0]);
  ASSERT_FALSE(answers[1]);
  EXPECT_EQ(answers[1].error().code, Code::NotFound);
}

// Bytes that come once more under another name: what the rows of before rely on will do for theirs.
TEST_F(Blobs, WhatWasSyncedIsNotWrittenOrLookedForAgain) {
  for (const std::size_t count : {std::size_t{1}, SyncChoice::kWorthIt * 2}) {
    std::vector<Digest> digests;
    for (std::size_t i = 0; i < count; ++i) digests.push_back(publish(std::to_string(count + i)));
    for (const auto& synced : disk_->store->sync(digests)) ASSERT_TRUE(synced);
    for (std::size_t i = 0; i < count; ++i) (void)hold(std::to_string(count + i));
    const auto used = disk_->space->used();
    for (const auto& digest : digests) fs::remove(path_of(digest));
    for (const auto& synced : disk_->store->sync(digests)) EXPECT_TRUE(synced);
    for (const auto& digest : digests) {
      EXPECT_EQ(disk_->store->held(digest), nullptr);
      EXPECT_FALSE(fs::exists(path_of(digest)));
    }
    EXPECT_LT(disk_->space->used(), used) << "the room of what was held is given back";
  }
}

TEST_F(Blobs, WhatWasSyncedAndIsGoneIsWrittenAgainOnceSomebodyMissedIt) {
  for (const auto* left : {"", "he"}) {
    const auto digest = publish("hello");
    ASSERT_TRUE(disk_->store->sync(std::vector{digest}).front());
    fs::remove(path_of(digest));
    if (*left != 0) std::ofstream(path_of(digest)) << left;
    EXPECT_FALSE(disk_->store->open(digest, 5));
    (void)hold("hello");
    ASSERT_TRUE(disk_->store->sync(std::vector{digest}).front());
    const auto again = disk_->store->open(digest, 5);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(content_of(**again), "hello");
  }
}

TEST_F(Blobs, WhatWasSyncedAndRemovedIsWrittenAgain) {
  const auto digest = publish("hello");
  ASSERT_TRUE(disk_->store->sync(std::vector{digest}).front());
  ASSERT_TRUE(*disk_->store->remove_if(digest, [] { return Result<bool>(true); }));
  EXPECT_FALSE(disk_->store->sync(std::vector{digest}).front());
  (void)hold("hello");
  ASSERT_TRUE(disk_->store->sync(std::vector{digest}).front());
  EXPECT_TRUE(*disk_->store->verify(digest));
}

// This one does not know: the earlier one may have been ended before it synced.
TEST_F(Blobs, WhatAnEarlierProcessSyncedIsLookedForAgain) {
  const auto digest = publish("hello");
  ASSERT_TRUE(disk_->store->sync(std::vector{digest}).front());
  restart(5);
  fs::remove(path_of(digest));
  EXPECT_FALSE(disk_->store->sync(std::vector{digest}).front());
}

TEST_F(Blobs, WhatIsHeldIsThereBeforeItsFileIs) {
  const auto digest = hold("hello");
  EXPECT_FALSE(fs::exists(path_of(digest)));
  EXPECT_EQ(disk_->space->used(), 5U);
  const auto held = disk_->store->held(digest);
  ASSERT_TRUE(held);
  EXPECT_EQ(*held, "hello");
  EXPECT_FALSE(fs::exists(path_of(digest))) << "looking writes nothing";
  const auto file = disk_->store->open(digest, 5);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(content_of(**file), "hello");
  EXPECT_TRUE(fs::exists(path_of(digest)));
  EXPECT_EQ(disk_->store->held(digest), nullptr) << "its file is there";
  EXPECT_TRUE(disk_->store->sync(std::vector{digest}).front());
  EXPECT_EQ(disk_->space->used(), 5U);
}

TEST_F(Blobs, SyncWritesWhatIsHeld) {
  for (const std::size_t count : {std::size_t{1}, SyncChoice::kWorthIt * 3}) {
    std::vector<Digest> digests;
    for (std::size_t i = 0; i < count; ++i)
      digests.push_back(hold(std::to_string(count) + " " + std::to_string(i)));
    digests.push_back(digests.front());  // named by two rows
    for (const auto& answer : disk_->store->sync(digests))
      EXPECT_TRUE(answer) << (answer ? "" : answer.error().message);
    for (const auto& digest : digests) EXPECT_TRUE(*disk_->store->verify(digest));
  }
  EXPECT_TRUE(fs::is_empty(disk_->directory.layout().spool()));
}

TEST_F(Blobs, SyncReplacesATornBlobByWhatIsHeldAndTellsOfIt) {
  const auto digest = publish("hello");
  std::ofstream(path_of(digest)) << "hel";
  restart(3);
  (void)hold("hello");
  ASSERT_TRUE(disk_->store->sync(std::vector{digest}).front());
  EXPECT_EQ(disk_->replaced, std::vector{digest});
  EXPECT_EQ(content_of(**disk_->store->open(digest, 5)), "hello");
  EXPECT_EQ(disk_->space->used(), 5U);
}

TEST_F(Blobs, WhatIsHeldReplacesATornBlobInTheRoomItHas) {
  const auto digest = publish("hello");
  std::ofstream(path_of(digest)) << "hel";
  disk_.reset();
  disk_ = std::make_unique<LocalDisk>(directory_.path(), SpaceLimit{.bytes = 8}, 3);
  (void)hold("hello");
  EXPECT_TRUE(disk_->store->sync(std::vector{digest}).front())
      << "5 bytes were set aside, 5 more are not there";
  EXPECT_EQ(disk_->space->used(), 5U);
}

TEST_F(Blobs, SyncMakesADirectoryAgainForWhatIsHeld) {
  const auto digest = hold("hello");
  fs::remove_all(path_of(digest).parent_path());
  EXPECT_TRUE(disk_->store->sync(std::vector{digest}).front());
  EXPECT_TRUE(*disk_->store->verify(digest));
}

TEST_F(Blobs, WhatIsHeldAndCannotBeWrittenIsLetGo) {
  const auto digest = hold("hello");
  fs::remove_all(path_of(digest).parent_path());
  std::ofstream(path_of(digest).parent_path()) << "no directory";
  EXPECT_FALSE(disk_->store->sync(std::vector{digest}).front());
  EXPECT_EQ(disk_->space->used(), 0U);
  EXPECT_FALSE(disk_->store->open(digest, 5));
}

TEST_F(Blobs, WhatIsHeldOutlivesTheRemovalOfItsFile) {
  const auto digest = publish("hello");
  (void)hold("hello");
  ASSERT_TRUE(*disk_->store->remove_if(digest, [] { return Result<bool>(true); }));
  EXPECT_TRUE(disk_->store->open(digest, 5));
}

TEST_F(Blobs, HoldsNoMoreThanFitsIntoMemoryAndOntoTheDisk) {
  const auto most = std::make_shared<const std::string>(HeldBodies::kMost, 'x');
  const auto one = std::make_shared<const std::string>("y");
  EXPECT_TRUE(disk_->store->hold(most, Sha256::of(*most)));
  EXPECT_FALSE(disk_->store->hold(one, Sha256::of(*one)));
  EXPECT_TRUE(disk_->store->sync(std::vector{Sha256::of(*most)}).front());
  EXPECT_TRUE(disk_->store->hold(one, Sha256::of(*one)));
  disk_ = std::make_unique<LocalDisk>(directory_.path() / "small", SpaceLimit{.bytes = 3});
  const auto four = std::make_shared<const std::string>("four");
  EXPECT_FALSE(disk_->store->hold(four, Sha256::of(*four)));
  EXPECT_EQ(disk_->space->used(), 0U);
}

TEST_F(Blobs, RemoveGivesTheSpaceBack) {
  const auto digest = publish("hello");
  ASSERT_TRUE(*disk_->store->remove_if(digest, [] { return Result<bool>(true); }));
  EXPECT_EQ(disk_->space->used(), 0U);
}

TEST_F(Blobs, ScanFindsBlobsAndLeavesForeignFilesAlone) {
  const auto digest = publish("hello");
  const auto slice = digest.bytes()[0];
  const auto directory = path_of(digest).parent_path();
  std::ofstream(directory / "notes.txt") << "mine";
  std::ofstream(directory / Sha256::of("of another slice").hex()) << "lost";
  fs::create_directory(directory / "subdirectory");
  const auto found = disk_->store->scan(slice);
  ASSERT_TRUE(found);
  ASSERT_EQ(found->blobs.size(), 1U);
  EXPECT_EQ(found->blobs[0].digest, digest);
  EXPECT_EQ(found->blobs[0].size, 5U);
  EXPECT_GT(found->blobs[0].placed, Time{});
  EXPECT_EQ(found->foreign, 3U);
  EXPECT_TRUE(fs::exists(directory / "notes.txt"));
}

TEST_F(Blobs, ScanCorrectsTheAccountingOnceAllWasSeen) {
  publish("12345");
  publish("123");
  restart(1'000'000);
  publish("1234567");
  EXPECT_EQ(disk_->space->used(), 1'000'007U);
  scan_all();
  EXPECT_EQ(disk_->space->used(), 15U);
  publish("1");
  scan_all();
  EXPECT_EQ(disk_->space->used(), 16U);
  const auto digest = Sha256::of("12345");
  fs::remove(path_of(digest));
  ASSERT_TRUE(disk_->store->scan(digest.bytes()[0]));
  EXPECT_EQ(disk_->space->used(), 11U);
}

TEST_F(Blobs, VerifyTellsSoundFromDamaged) {
  const auto digest = publish("hello");
  EXPECT_TRUE(*disk_->store->verify(digest));
  std::ofstream(path_of(digest)) << "hellO";
  EXPECT_FALSE(*disk_->store->verify(digest));
  EXPECT_EQ(disk_->store->verify(Sha256::of("absent")).error().code, Code::NotFound);
}

TEST_F(Blobs, OpenSaysWhenDescriptorsRanOut) {
  const auto digest = publish("hello");
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none{.rlim_cur = 0, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const auto opened = disk_->store->open(digest, 5);
  ::setrlimit(RLIMIT_NOFILE, &before);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::Overloaded);
}

}  // namespace
}  // namespace artifactapi::blobs
