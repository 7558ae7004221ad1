#include "blobs/space.h"

#include <gtest/gtest.h>

#include <optional>

namespace artifactapi::blobs {
namespace {

constexpr std::uint64_t kMiB = 1ULL << 20;
constexpr std::uint64_t kGiB = 1ULL << 30;

// A file system whose figures the test sets.
struct Disk {
  FileSystemSize size{.total = 100 * kGiB, .free = 100 * kGiB};
  int looks = 0;
  Space::Probe probe() {
    return [this]() -> Result<FileSystemSize> {
      ++looks;
      return size;
    };
  }
};

TEST(Space, TakesItsLimitFromTheConfigurationElseFromTheFileSystem) {
  Disk disk;
  EXPECT_EQ(Space(disk.probe(), {.bytes = kGiB}, 0).limit(), kGiB);
  EXPECT_EQ(Space(disk.probe(), {.percent = 50}, 0).limit(), 50 * kGiB);
  EXPECT_EQ(Space(disk.probe(), {}, 0).limit(), 90 * kGiB);
}

TEST(Space, RefusesWhatWouldPassTheLimitAndGivesBackOnDestruction) {
  Disk disk;
  Space space(disk.probe(), {.bytes = 10 * kMiB}, 4 * kMiB);
  EXPECT_EQ(space.used(), 4 * kMiB);
  {
    auto reservation = space.reserve(6 * kMiB);
    ASSERT_TRUE(reservation);
    EXPECT_EQ(space.used(), 10 * kMiB);
    const auto refused = space.reserve(1);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::NoSpace);
    EXPECT_TRUE(space.reserve(0));
  }
  EXPECT_EQ(space.used(), 4 * kMiB);
  EXPECT_FALSE(space.reserve(~std::uint64_t{0}));
}

TEST(Space, AsksTheFileSystemAtOnceWhenAFileIsToBeMade) {
  Disk disk;
  Space space(disk.probe(), {.bytes = 10 * kMiB}, 0);
  {
    auto reservation = space.reserve_for_file(kMiB);
    ASSERT_TRUE(reservation);
    EXPECT_EQ(space.used(), kMiB);
  }
  disk.size.free = kMiB;
  EXPECT_FALSE(space.reserve_for_file(kMiB));
  disk.size.free = 100 * kGiB;
  EXPECT_TRUE(space.reserve_for_file(kMiB));
  disk.size.takes_files = false;
  const auto refused = space.reserve_for_file(0);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::NoSpace);
  EXPECT_EQ(space.used(), 0U);
}

TEST(Space, MovesAReservationWithoutCountingItTwice) {
  Disk disk;
  Space space(disk.probe(), {.bytes = 10 * kMiB}, 0);
  auto first = *space.reserve(kMiB);
  Reservation second = std::move(first);
  EXPECT_EQ(space.used(), kMiB);
  ASSERT_TRUE(second.grow_to(3 * kMiB));
  ASSERT_TRUE(second.grow_to(2 * kMiB));
  EXPECT_EQ(second.bytes(), 3 * kMiB);
  EXPECT_EQ(space.used(), 3 * kMiB);
  EXPECT_FALSE(second.grow_to(11 * kMiB));
  EXPECT_EQ(space.used(), 3 * kMiB);
  second = Reservation();
  EXPECT_EQ(space.used(), 0U);
}

TEST(Space, LeavesTheFileSystemSomeFreeBytes) {
  Disk disk;
  disk.size = {.total = 100 * kGiB, .free = 2 * kGiB};
  Space space(disk.probe(), {}, 0);
  EXPECT_EQ(space.kept_free(), kGiB);
  EXPECT_FALSE(space.reserve(kGiB + 1));
  EXPECT_TRUE(space.reserve(kGiB));
}

TEST(Space, KeepsLessFreeOnSmallFileSystems) {
  Disk disk;
  disk.size = {.total = 64 * kMiB, .free = 64 * kMiB};
  EXPECT_EQ(Space(disk.probe(), {}, 0).kept_free(), 4 * kMiB);
  disk.size.total = 4 * kGiB;
  EXPECT_EQ(Space(disk.probe(), {}, 0).kept_free(), 64 * kMiB);
}

TEST(Space, CountsWhatItGrantedSinceItLastLooked) {
  Disk disk;
  disk.size = {.total = kGiB, .free = 164 * kMiB};  // 64 MiB of it are kept
  Space space(disk.probe(), {}, 0);
  auto first = *space.reserve(60 * kMiB);
  const int looks = disk.looks;
  auto second = *space.reserve(30 * kMiB);
  EXPECT_EQ(disk.looks, looks);
  // The figures have come to show both by now; nobody is refused before they were looked at.
  disk.size.free = 74 * kMiB;
  EXPECT_FALSE(space.reserve(20 * kMiB));
  EXPECT_GT(disk.looks, looks);
}

TEST(Space, TellsHowMuchToEvictForSomeRoom) {
  Disk disk;
  Space space(disk.probe(), {.bytes = 100 * kMiB}, 99 * kMiB);
  EXPECT_EQ(space.bytes_to_free(), 0U);
  EXPECT_EQ(space.bytes_to_free(kMiB), 0U);
  EXPECT_EQ(space.bytes_to_free(3 * kMiB), 7 * kMiB);
  EXPECT_EQ(space.bytes_to_free(kGiB), 99 * kMiB);
  space.blob_changed(5 * static_cast<std::int64_t>(kMiB));
  EXPECT_EQ(space.bytes_to_free(), 9 * kMiB);
}

TEST(Space, WhatBecameABlobIsNoLongerSetAside) {
  Disk disk;
  Space space(disk.probe(), {.bytes = 10 * kMiB}, 0);
  auto room = space.reserve(3 * kMiB);
  ASSERT_TRUE(room);
  space.became_blob(std::move(*room), 2 * kMiB);
  EXPECT_EQ(space.used(), 2 * kMiB);
  space.became_blob({}, kMiB);
  EXPECT_EQ(space.used(), 3 * kMiB) << "bytes nothing was set aside for count too";
}

TEST(Space, EvictsForTheFileSystemsSakeTooButNotTwice) {
  Disk disk;
  disk.size = {.total = 100 * kGiB, .free = kGiB / 2};  // 1 GiB is to stay free
  Space space(disk.probe(), {.bytes = 10 * kGiB}, 5 * kGiB);
  const auto wanted = space.bytes_to_free();
  EXPECT_EQ(wanted, kGiB / 2 + kGiB / 2);
  space.blob_changed(-static_cast<std::int64_t>(wanted));
  EXPECT_EQ(space.bytes_to_free(), 0U);
}

TEST(Space, KeepsItsLastFiguresWhenTheFileSystemDoesNotAnswer) {
  bool answers = true;
  const auto probe = [&]() -> Result<FileSystemSize> {
    if (!answers) return fail(Code::Io, "no answer");
    return FileSystemSize{.total = kGiB, .free = kGiB};
  };
  Space space(probe, {}, 0);
  answers = false;
  EXPECT_TRUE(space.reserve(kMiB));
  EXPECT_FALSE(space.reserve(kGiB));
}

}  // namespace
}  // namespace artifactapi::blobs
