#include "server/body_budget.h"

#include <gtest/gtest.h>

namespace artifactapi::server {
namespace {

TEST(BodyBudget, GivesNoMoreThanThereIs) {
  BodyBudget budget(100);
  auto most = budget.take(90);
  EXPECT_TRUE(most);
  EXPECT_FALSE(budget.take(11));
  EXPECT_TRUE(budget.take(10)) << "a refused share takes nothing";
  most = BodyBudget::Share();
  EXPECT_TRUE(budget.take(100)) << "what was given back can be had again";
}

TEST(BodyBudget, AShareGrowsWhileThereIsSomething) {
  BodyBudget budget(100);
  auto share = budget.take(40);
  EXPECT_FALSE(share.extend(61));
  EXPECT_EQ(share.bytes(), 40U);
  EXPECT_TRUE(share.extend(60)) << "a refusal takes nothing";
  EXPECT_EQ(share.bytes(), 100U);
  EXPECT_FALSE(budget.take(1));
  share = BodyBudget::Share();
  EXPECT_TRUE(budget.take(100)) << "all of it was given back";
}

}  // namespace
}  // namespace artifactapi::server
