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

}  // namespace
}  // namespace artifactapi::server
