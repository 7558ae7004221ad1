#include "blobs/spool.h"

#include "base/testing/temporary_directory.h"
#include "blobs/testing/blob_store_suite.h"
#include "blobs/testing/local_disk.h"

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <utility>

namespace artifactapi::blobs {
namespace {

namespace fs = std::filesystem;

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

TEST_F(Spool, SetsAKnownLengthAsideWithoutShowingIt) {
  auto spool = *disk_.store->create_spool(10'000'000);
  ASSERT_TRUE(spool.append("x"));
  struct stat status{};
  ASSERT_EQ(::fstat(spool.file()->descriptor(), &status), 0);
  EXPECT_EQ(status.st_size, 1);
  EXPECT_GE(status.st_blocks * 512, 10'000'000);
  EXPECT_EQ(disk_.space->used(), 10'000'000U);
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
