#include "blobs/spool.h"

#include "base/testing/temporary_directory.h"
#include "blobs/files.h"
#include "blobs/testing/blob_store_suite.h"
#include "blobs/testing/local_disk.h"

#include <gtest/gtest.h>

#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <utility>

namespace artifactapi::blobs {
namespace {

namespace fs = std::filesystem;

bool is_cached(const File& file, std::uint64_t offset) {
  constexpr std::size_t kPage = 4096;
  void* page = ::mmap(nullptr, kPage, PROT_READ, MAP_SHARED, file.descriptor(), static_cast<off_t>(offset));
  EXPECT_NE(page, MAP_FAILED);
  unsigned char resident = 0;
  EXPECT_EQ(::mincore(page, kPage, &resident), 0);
  EXPECT_EQ(::munmap(page, kPage), 0);
  return (resident & 1U) != 0;
}

class Spool : public ::testing::Test {
 protected:
  [[nodiscard]] bool is_empty() const { return fs::is_empty(disk_.directory.layout().spool()); }

  TemporaryDirectory directory_;
  LocalDisk disk_{directory_.path(), {.bytes = 40'000'000}};
};

TEST_F(Spool, GrowsByAppendingAndIsReadMeanwhile) {
  auto spool = *disk_.store->create_spool(std::nullopt);
  const auto file = spool.file();
  ASSERT_TRUE(spool.append("hello "));
  EXPECT_EQ(content_of(*file), "hello ");
  ASSERT_TRUE(spool.append(""));
  ASSERT_TRUE(spool.append("world"));
  EXPECT_EQ(spool.size(), 11U);
  EXPECT_EQ(content_of(*file), "hello world");
}

TEST_F(Spool, TakesBodiesLargerThanTheWriteOutStep) {
  auto spool = *disk_.store->create_spool(std::nullopt);
  const std::string piece(1'000'003, 'x');
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(spool.append(piece));
  EXPECT_EQ(fs::file_size(*fs::directory_iterator(disk_.directory.layout().spool())), 20'000'060U);
}

// Grows in pieces, each of which is on the disk before the next comes.
class SpoolInThePageCache : public ::testing::Test {
 protected:
  static constexpr std::uint64_t kPiece = 1ULL << 20;

  void SetUp() override {
    struct statfs system{};
    ASSERT_EQ(::statfs(directory_.path().c_str(), &system), 0);
    if (system.f_type == TMPFS_MAGIC) GTEST_SKIP() << "a file in memory has no page cache to be dropped from";
  }

  SpoolFile grown_to(std::uint64_t bytes) {
    auto spool = *disk_.store->create_spool(bytes);
    for (std::uint64_t at = 0; at < bytes; at += kPiece) {
      EXPECT_TRUE(spool.append(piece_));
      EXPECT_EQ(::fdatasync(spool.file()->descriptor()), 0);
    }
    return spool;
  }

  const std::string piece_ = std::string(kPiece, 'x');
  TemporaryDirectory directory_;
  LocalDisk disk_{directory_.path(), {.bytes = 256ULL << 20}};
};

TEST_F(SpoolInThePageCache, ALargeOneKeepsItsEndThereAndAllOnTheDisk) {
  const auto size = SpoolFile::kCachedWhole + 8 * kPiece;
  const auto spool = grown_to(size);
  EXPECT_FALSE(is_cached(*spool.file(), 0));
  EXPECT_TRUE(is_cached(*spool.file(), size - kPiece));
  Sha256 expected;
  for (std::uint64_t at = 0; at < size; at += kPiece) expected.update(piece_);
  EXPECT_EQ(*hash_file(*spool.file()), std::move(expected).finish());
}

TEST_F(SpoolInThePageCache, ASmallerOneStaysThereWhole) {
  const auto spool = grown_to(SpoolFile::kCachedWhole);
  EXPECT_TRUE(is_cached(*spool.file(), 0));
}

TEST_F(Spool, SetsAKnownLengthAsideWithoutShowingIt) {
  auto spool = *disk_.store->create_spool(10'000'000);
  ASSERT_TRUE(spool.append("x"));
  struct stat status{};
  ASSERT_EQ(::fstat(spool.file()->descriptor(), &status), 0);
  EXPECT_EQ(status.st_size, 1);
  EXPECT_GE(status.st_blocks * 512, 10'000'000);
  EXPECT_EQ(disk_.space->used(), 10'000'000U);
}

TEST_F(SpoolInThePageCache, ALargeOneSetsItsRoomAsideInTwoStepsAndWithTheSecondPieceAllOfIt) {
  constexpr std::int64_t kLength = 200 << 20;
  auto spool = *disk_.store->create_spool(kLength);
  const auto set_aside = [&spool] {
    struct stat status{};
    EXPECT_EQ(::fstat(spool.file()->descriptor(), &status), 0);
    return status.st_blocks * 512;
  };
  ASSERT_TRUE(spool.append("x"));
  EXPECT_GE(set_aside(), 64 << 20);
  EXPECT_LT(set_aside(), kLength);
  EXPECT_EQ(disk_.space->used(), static_cast<std::uint64_t>(kLength)) << "counted from the beginning";
  ASSERT_TRUE(spool.append("y"));
  EXPECT_GE(set_aside(), kLength);
}

TEST_F(Spool, IsUnlinkedAndItsSpaceGivenBackUnlessPublished) {
  std::shared_ptr<const File> reader;
  {
    auto spool = *disk_.store->create_spool(5);
    ASSERT_TRUE(spool.append("hello"));
    reader = spool.file();
    SpoolFile moved = std::move(spool);
    SpoolFile assigned;
    assigned = std::move(moved);
    EXPECT_FALSE(is_empty());
  }
  EXPECT_TRUE(is_empty());
  EXPECT_EQ(disk_.space->used(), 0U);
  EXPECT_EQ(content_of(*reader), "hello");
}

TEST_F(Spool, OfAKnownLengthOverTheLimitIsRefusedAtOnce) {
  const auto refused = disk_.store->create_spool(40'000'001);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::NoSpace);
  EXPECT_TRUE(is_empty());
}

TEST_F(Spool, OfUnknownLengthStopsAtTheLimitAndTakesNothingAfterwards) {
  auto other = *disk_.store->create_spool(39'000'000);
  auto spool = *disk_.store->create_spool(std::nullopt);
  const std::string piece(999'999, 'x');
  ASSERT_TRUE(spool.append(piece));
  ASSERT_TRUE(spool.append("x"));
  const auto refused = spool.append("x");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::NoSpace);
  EXPECT_EQ(spool.size(), 1'000'000U);
  other = SpoolFile();
  EXPECT_FALSE(spool.append("x"));
  EXPECT_FALSE(disk_.store->publish(std::move(spool), Sha256::of("any")));
  EXPECT_TRUE(is_empty());
}

TEST_F(Spool, DirectoryThatWasDeletedIsMadeAgain) {
  fs::remove_all(disk_.directory.layout().spool());
  const auto spool = disk_.store->create_spool(5);
  ASSERT_TRUE(spool) << spool.error().message;
  fs::remove_all(directory_.path());
  const auto refused = disk_.store->create_spool(5);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::Io);
}

}  // namespace
}  // namespace artifactapi::blobs
