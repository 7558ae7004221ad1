#include "blobs/sync_choice.h"

#include <gtest/gtest.h>

namespace artifactapi::blobs {
namespace {

using Instant = SyncChoice::Instant;

TEST(SyncChoice, SyncsFewBlobsByThemselves) {
  const SyncChoice choice(true);
  EXPECT_FALSE(choice.whole_file_system(SyncChoice::kWorthIt - 1, Instant{}));
  EXPECT_TRUE(choice.whole_file_system(SyncChoice::kWorthIt, Instant{}));
}

TEST(SyncChoice, LeavesAFileSystemAloneThatTookLong) {
  SyncChoice choice(true);
  const Instant start{Seconds{1000}};
  choice.took(SyncChoice::kTooLong, start);
  EXPECT_TRUE(choice.whole_file_system(100, start));
  choice.took(SyncChoice::kTooLong + Milliseconds{1}, start);
  EXPECT_FALSE(choice.whole_file_system(100, start + SyncChoice::kPause - Milliseconds{1}));
  EXPECT_TRUE(choice.whole_file_system(100, start + SyncChoice::kPause));
}

TEST(SyncChoice, TrustsNoKernelThatKeepsErrorsToItself) {
  EXPECT_FALSE(SyncChoice(false).whole_file_system(100, Instant{}));
  for (const auto* release : {"5.8.0", "5.10.0-33-amd64", "6.1.0-28-amd64", "6.18", "10.0"}) {
    EXPECT_TRUE(syncfs_reports_errors(release)) << release;
  }
  for (const auto* release : {"5.7.19", "4.18.0-553.el8", "5", "5.", "", "six.one", ".8", "-6.1"}) {
    EXPECT_FALSE(syncfs_reports_errors(release)) << release;
  }
}

}  // namespace
}  // namespace artifactapi::blobs
