#include "cache/disk_read.h"

#include "base/testing/temporary_directory.h"
#include "blobs/testing/local_disk.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

namespace artifactapi::cache {
namespace {

class DiskReadTest : public ::testing::Test {
 protected:
  catalog::Row published(const std::string& bytes) {
    catalog::Row row;
    row.digest = Sha256::of(bytes);
    row.size = bytes.size();
    EXPECT_TRUE(disk.store->publish_bytes(bytes, row.digest));
    return row;
  }
  TemporaryDirectory directory;
  blobs::LocalDisk disk{directory.path()};
};

TEST_F(DiskReadTest, ReadsSmallOnesAndOpensTheOthers) {
  const auto small = read_blob(*disk.store, published("hello"), 5);
  ASSERT_TRUE(small);
  EXPECT_EQ(*small->bytes, "hello");
  EXPECT_EQ(small->file, nullptr);
  const auto large = read_blob(*disk.store, published("hello!"), 5);
  ASSERT_TRUE(large);
  EXPECT_EQ(large->bytes, nullptr);
  ASSERT_NE(large->file, nullptr);
  const auto empty = read_blob(*disk.store, published(""), 5);
  ASSERT_TRUE(empty);
  EXPECT_EQ(*empty->bytes, "");
}

TEST_F(DiskReadTest, SaysWhatIsMissingOfAnotherSizeOrAltered) {
  auto row = published("hello");
  row.size = 6;
  EXPECT_EQ(read_blob(*disk.store, row, 100).error().code, Code::Contradicted);
  const auto altered = published("altered");
  std::ofstream(disk.directory.layout().blob(altered.digest), std::ios::in) << "Altered";
  EXPECT_EQ(read_blob(*disk.store, altered, 100).error().code, Code::Contradicted);
  EXPECT_TRUE(read_blob(*disk.store, altered, 1)) << "hashing a large one would cost more than serving it";
  row.digest = Sha256::of("never stored");
  EXPECT_EQ(read_blob(*disk.store, row, 100).error().code, Code::NotFound);
}

}  // namespace
}  // namespace artifactapi::cache
