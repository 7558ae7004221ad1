#include "cache/recent_commits.h"

#include <gtest/gtest.h>

namespace artifactapi::cache {
namespace {

RowPtr row_with(std::string_view bytes) {
  auto row = std::make_shared<catalog::Row>();
  row->digest = Sha256::of(bytes);
  return row;
}

TEST(RecentCommits, FindsTheNewestDecision) {
  RecentCommits recent;
  EXPECT_FALSE(recent.find("k"));
  recent.remember("k", row_with("old"));
  const auto row = row_with("new");
  recent.remember("k", row);
  ASSERT_TRUE(recent.find("k"));
  EXPECT_EQ(recent.find("k")->row, row);
  EXPECT_FALSE(recent.find("other"));
}

TEST(RecentCommits, AnErasedKeyIsADecisionToo) {
  RecentCommits recent;
  const auto ticket = recent.remember("k", nullptr);
  ASSERT_TRUE(recent.find("k"));
  EXPECT_EQ(recent.find("k")->row, nullptr);
  recent.forget("k", ticket);
  EXPECT_FALSE(recent.find("k"));
}

TEST(RecentCommits, AnOldTicketDoesNotForgetANewerDecision) {
  RecentCommits recent;
  const auto old = recent.remember("k", row_with("old"));
  const auto newer = recent.remember("k", row_with("new"));
  recent.forget("k", old);
  ASSERT_TRUE(recent.find("k"));
  EXPECT_EQ(recent.find("k")->row->digest, Sha256::of("new"));
  recent.forget("k", newer);
  EXPECT_FALSE(recent.find("k"));
  recent.forget("k", newer);
}

TEST(RecentCommits, PinsItsBytesUntilItIsForgottenOrReplaced) {
  RecentCommits recent;
  recent.remember("k", row_with("old"));
  EXPECT_TRUE(recent.refers_to(Sha256::of("old")));
  const auto ticket = recent.remember("k", row_with("new"));
  EXPECT_FALSE(recent.refers_to(Sha256::of("old")));
  EXPECT_TRUE(recent.refers_to(Sha256::of("new")));
  recent.forget("k", ticket);
  EXPECT_FALSE(recent.refers_to(Sha256::of("new")));
}

TEST(RecentCommits, BytesOfSeveralKeysArePinnedUntilTheLastIsForgotten) {
  RecentCommits recent;
  const auto first = recent.remember("a", row_with("same"));
  const auto second = recent.remember("b", row_with("same"));
  recent.forget("a", first);
  EXPECT_TRUE(recent.refers_to(Sha256::of("same")));
  recent.forget("b", second);
  EXPECT_FALSE(recent.refers_to(Sha256::of("same")));
}

TEST(RecentCommits, ReplacingADecisionByTheSameBytesKeepsThemPinned) {
  RecentCommits recent;
  recent.remember("k", row_with("same"));
  const auto renewed = recent.remember("k", row_with("same"));
  EXPECT_TRUE(recent.refers_to(Sha256::of("same")));
  recent.forget("k", renewed);
  EXPECT_FALSE(recent.refers_to(Sha256::of("same")));
}

}  // namespace
}  // namespace artifactapi::cache
