// The store on a disk that is really full, really without inodes, really read-only.
#include "base/testing/small_file_system.h"
#include "blobs/testing/blob_store_suite.h"
#include "blobs/testing/local_disk.h"

#include <gtest/gtest.h>

#include <fstream>
#include <optional>
#include <utility>

namespace artifactapi::blobs {
namespace {

constexpr std::uint64_t kMiB = 1ULL << 20;

class FullDisk : public ::testing::Test {
 protected:
  void mount(const std::string& options) {
    file_system_.emplace(options);
    if (!file_system_->is_mounted()) {
      GTEST_SKIP() << "mounting a small file system needs root: full disks are NOT tested";
    }
    disk_.emplace(file_system_->path());
  }
  template <class T>
  static Code code_of(const Result<T>& result) {
    EXPECT_FALSE(result);
    return result ? Code::Internal : result.error().code;
  }

  std::optional<SmallFileSystem> file_system_;
  std::optional<LocalDisk> disk_;
};

TEST_F(FullDisk, RefusesAKnownLengthBeforeTheFirstByteAndKeepsSomeFree) {
  ASSERT_NO_FATAL_FAILURE(mount("size=16m"));
  if (IsSkipped()) return;
  EXPECT_EQ(disk_->space->kept_free(), kMiB);
  EXPECT_EQ(code_of(disk_->store->create_spool(15 * kMiB)), Code::NoSpace);
  {
    const auto fits = disk_->store->create_spool(13 * kMiB);
    ASSERT_TRUE(fits) << fits.error().message;
    EXPECT_EQ(code_of(disk_->store->create_spool(2 * kMiB)), Code::NoSpace);
  }
  EXPECT_TRUE(disk_->store->create_spool(13 * kMiB));
}

TEST_F(FullDisk, SaysNoSpaceWhenOthersFillItMeanwhile) {
  ASSERT_NO_FATAL_FAILURE(mount("size=16m"));
  if (IsSkipped()) return;
  auto spool = *disk_->store->create_spool(std::nullopt);
  const std::string piece(kMiB, 'x');
  ASSERT_TRUE(spool.append(piece));
  std::ofstream(file_system_->path() / "ballast") << std::string(16 * kMiB, 'x') << std::flush;
  Result<void> appended;
  for (int i = 0; i < 16 && appended; ++i) appended = spool.append(piece);
  EXPECT_EQ(code_of(appended), Code::NoSpace);
  EXPECT_EQ(code_of(disk_->store->publish_bytes("hello", Sha256::of("hello"))), Code::NoSpace);

  spool = SpoolFile();
  std::filesystem::remove(file_system_->path() / "ballast");
  EXPECT_TRUE(disk_->store->publish_bytes("hello", Sha256::of("hello")));
}

// Only the first 64 MiB of its room are set aside when it begins.
TEST_F(FullDisk, SaysNoSpaceWithTheSecondPieceWhenOthersTookALargeOnesRoom) {
  ASSERT_NO_FATAL_FAILURE(mount("size=200m"));
  if (IsSkipped()) return;
  auto created = disk_->store->create_spool(150 * kMiB);
  ASSERT_TRUE(created) << created.error().message;
  auto spool = std::move(*created);
  ASSERT_TRUE(spool.append("x"));
  std::ofstream(file_system_->path() / "ballast") << std::string(100 * kMiB, 'x') << std::flush;
  EXPECT_EQ(code_of(spool.append("y")), Code::NoSpace);
  EXPECT_FALSE(spool.append("z")) << "and it is good for nothing more";
}

TEST_F(FullDisk, SaysNoSpaceWhenInodesRanOut) {
  ASSERT_NO_FATAL_FAILURE(mount("size=16m,nr_inodes=300"));
  if (IsSkipped()) return;
  Result<void> published;
  int blobs = 0;
  for (; blobs < 300; ++blobs) {
    const auto content = std::to_string(blobs);
    published = disk_->store->publish_bytes(content, Sha256::of(content));
    if (!published) break;
  }
  EXPECT_GT(blobs, 10);
  EXPECT_EQ(code_of(published), Code::NoSpace);
  ASSERT_TRUE(*disk_->store->remove_if(Sha256::of("0"), [] { return Result<bool>(true); }));
  EXPECT_TRUE(disk_->store->publish_bytes("hello", Sha256::of("hello")));
}

TEST_F(FullDisk, SaysNoSpaceWhenABlobsDirectoryCannotBeMade) {
  ASSERT_NO_FATAL_FAILURE(mount("size=16m,nr_inodes=100"));
  if (IsSkipped()) return;
  auto spool = *disk_->store->create_spool(5);
  ASSERT_TRUE(spool.append("hello"));
  for (int i = 0; i < 100; ++i) std::ofstream(file_system_->path() / std::to_string(i));
  EXPECT_EQ(code_of(disk_->store->publish(std::move(spool), Sha256::of("hello"))), Code::NoSpace);
}

TEST_F(FullDisk, ServesButStoresNothingWhenReadOnly) {
  ASSERT_NO_FATAL_FAILURE(mount("size=16m"));
  if (IsSkipped()) return;
  const auto digest = Sha256::of("hello");
  ASSERT_TRUE(disk_->store->publish_bytes("hello", digest));
  // A file that is open for writing would forbid the change.
  {
    const auto lock = std::move(disk_->directory);
  }
  ASSERT_TRUE(file_system_->make_read_only());
  EXPECT_EQ(content_of(**disk_->store->open(digest, 5)), "hello");
  EXPECT_EQ(code_of(disk_->store->create_spool(5)), Code::Io);
  EXPECT_EQ(code_of(disk_->store->remove_if(digest, [] { return Result<bool>(true); })), Code::Io);
  EXPECT_EQ(disk_->space->used(), 5U);
}

}  // namespace
}  // namespace artifactapi::blobs
