#include "cache/intake.h"

#include "cache/disk_read.h"
#include "cache/testing/cache_fixture.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

namespace artifactapi::cache {
namespace {

class IntakeTest : public CacheTest {
 protected:
  explicit IntakeTest(blobs::SpaceLimit limit = {}) : CacheTest(limit) {}
  Result<void> append(Intake& intake, std::string bytes) {
    return runtime::run_on(loops.at(0), intake.append(std::move(bytes)));
  }
  [[nodiscard]] bool spool_is_empty() const {
    return std::filesystem::is_empty(disk.directory.layout().spool());
  }
};

TEST_F(IntakeTest, WhatIsSmallStaysInMemory) {
  Intake intake(services, kSmallBody);
  ASSERT_TRUE(append(intake, std::string(kSmallBody - 1, 'a')));
  ASSERT_TRUE(append(intake, "b"));
  EXPECT_EQ(intake.received(), kSmallBody);
  EXPECT_FALSE(intake.spooled());
  EXPECT_TRUE(spool_is_empty());
  const auto whole = std::string(kSmallBody - 1, 'a') + "b";
  EXPECT_EQ(intake.finish(), Sha256::of(whole));
  EXPECT_EQ(intake.take_memory(), whole);
}

TEST_F(IntakeTest, OneByteMoreGoesToASpoolFileFromTheStart) {
  Intake intake(services, kSmallBody + 1);
  ASSERT_TRUE(append(intake, "a"));
  EXPECT_TRUE(intake.spooled());
  ASSERT_TRUE(append(intake, std::string(kSmallBody - 1, 'a')));
  ASSERT_TRUE(append(intake, "b"));
  EXPECT_EQ(intake.received(), kSmallBody + 1);
  EXPECT_EQ(intake.finish(), Sha256::of(std::string(kSmallBody, 'a') + "b"));
  EXPECT_EQ(intake.take_spool().size(), kSmallBody + 1);
}

TEST_F(IntakeTest, PiecesMayEndAnywhere) {
  std::string whole;
  Intake intake(services, 1'000'000);
  for (std::size_t size = 70'001; whole.size() < 1'000'000; size = size * 3 / 2) {
    const std::string piece(std::min(size, 1'000'000 - whole.size()),
                            static_cast<char>('a' + whole.size() % 26));
    whole += piece;
    ASSERT_TRUE(append(intake, piece));
  }
  EXPECT_EQ(intake.finish(), Sha256::of(whole));
  std::string in_file;
  ASSERT_TRUE(read_file(*intake.file(), whole.size(), [&](std::string_view bytes) { in_file += bytes; }));
  EXPECT_EQ(in_file, whole);
}

TEST_F(IntakeTest, AnUnknownLengthMovesToASpoolFileWhenItIsNoLongerSmall) {
  Intake intake(services, std::nullopt);
  ASSERT_TRUE(append(intake, std::string(kSmallBody, 'a')));
  EXPECT_FALSE(intake.spooled());
  ASSERT_TRUE(append(intake, "bc"));
  ASSERT_TRUE(append(intake, "d"));
  EXPECT_TRUE(intake.spooled());
  EXPECT_FALSE(intake.whole_in_memory());
  const auto whole = std::string(kSmallBody, 'a') + "bcd";
  const auto digest = intake.finish();
  EXPECT_EQ(digest, Sha256::of(whole));
  ASSERT_TRUE(disk.store->publish(intake.take_spool(), digest));
  catalog::Row row;
  row.digest = digest;
  row.size = whole.size();
  EXPECT_EQ(*read_blob(*disk.store, row, row.size)->bytes, whole);
}

TEST_F(IntakeTest, ALengthThatWasAnnouncedTooSmallIsTakenInAllTheSame) {
  Intake intake(services, 10);
  ASSERT_TRUE(append(intake, std::string(kSmallBody + 5, 'a')));
  EXPECT_TRUE(intake.spooled());
  EXPECT_EQ(intake.finish(), Sha256::of(std::string(kSmallBody + 5, 'a')));
}

TEST_F(IntakeTest, AnEmptyBodyIsABody) {
  Intake intake(services, 0);
  EXPECT_TRUE(intake.whole_in_memory());
  EXPECT_EQ(intake.finish(), Sha256::of(""));
}

TEST_F(IntakeTest, DroppingItRemovesTheSpoolFile) {
  {
    Intake intake(services, kSmallBody + 1);
    ASSERT_TRUE(append(intake, "a"));
    EXPECT_FALSE(spool_is_empty());
  }
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!spool_is_empty() && std::chrono::steady_clock::now() < give_up) std::this_thread::yield();
  EXPECT_TRUE(spool_is_empty());
}

TEST_F(IntakeTest, IsSureOfRoomOnlyForWhatIsAnnouncedAndNotSmall) {
  EXPECT_FALSE(Intake(services, std::nullopt).is_sure_of_room());
  EXPECT_FALSE(Intake(services, kSmallBody).is_sure_of_room());
  {
    Intake intake(services, kSmallBody + 1);
    EXPECT_TRUE(intake.is_sure_of_room());
    EXPECT_EQ(disk.space->used(), kSmallBody + 1);
    ASSERT_TRUE(append(intake, "a"));
    EXPECT_EQ(disk.space->used(), kSmallBody + 1);
  }
}

TEST_F(IntakeTest, IsNotSureOfRoomFromAFailureOnUntilASpoolFileCouldBeMade) {
  const auto spool = disk.directory.layout().spool();
  std::filesystem::remove(spool);
  std::ofstream(spool) << "in the way";
  {
    Intake intake(services, kSmallBody + 1);
    EXPECT_TRUE(intake.is_sure_of_room());
    EXPECT_FALSE(append(intake, "a"));
  }
  Intake next(services, kSmallBody + 1);
  EXPECT_FALSE(next.is_sure_of_room());
  std::filesystem::remove(spool);
  EXPECT_TRUE(append(next, "a"));
  EXPECT_TRUE(Intake(services, kSmallBody + 1).is_sure_of_room());
}

class SmallDiskIntakeTest : public IntakeTest {
 protected:
  SmallDiskIntakeTest() : IntakeTest(blobs::SpaceLimit{kSmallBody + 1000}) {}
};

TEST_F(SmallDiskIntakeTest, ALengthThatDoesNotFitIsRefusedAtTheFirstByteWhichIsKept) {
  Intake intake(services, kSmallBody + 1001);
  EXPECT_FALSE(intake.is_sure_of_room());
  const auto appended = append(intake, "a");
  ASSERT_FALSE(appended);
  EXPECT_EQ(appended.error().code, Code::NoSpace);
  EXPECT_FALSE(intake.spooled());
  EXPECT_TRUE(intake.whole_in_memory());
  EXPECT_EQ(intake.take_memory(), "a");
}

TEST_F(SmallDiskIntakeTest, ALengthThatFitsAfterEvictionIsTaken) {
  upstream.add(std::string(kSmallBody, 'o'));
  (void)get(profile(), immutable("pool/old.deb"));
  settle();
  ASSERT_TRUE(row_of("pool/old.deb"));
  Intake intake(services, kSmallBody + 500);
  EXPECT_TRUE(append(intake, "a"));
  EXPECT_FALSE(row_of("pool/old.deb"));
}

TEST_F(SmallDiskIntakeTest, NoSpaceOnTheWayToTheDiskKeepsAllInMemory) {
  Intake intake(services, std::nullopt);
  ASSERT_TRUE(append(intake, std::string(kSmallBody, 'a')));
  const auto appended = append(intake, std::string(2000, 'b'));
  ASSERT_FALSE(appended);
  EXPECT_EQ(appended.error().code, Code::NoSpace);
  EXPECT_TRUE(intake.whole_in_memory());
  EXPECT_EQ(intake.take_memory(), std::string(kSmallBody, 'a') + std::string(2000, 'b'));
}

TEST_F(SmallDiskIntakeTest, NoSpaceLaterSaysThatNotAllIsInMemory) {
  Intake intake(services, std::nullopt);
  ASSERT_TRUE(append(intake, std::string(kSmallBody + 1, 'a')));
  const auto appended = append(intake, std::string(2000, 'b'));
  ASSERT_FALSE(appended);
  EXPECT_EQ(appended.error().code, Code::NoSpace);
  EXPECT_FALSE(intake.whole_in_memory());
}

}  // namespace
}  // namespace artifactapi::cache
