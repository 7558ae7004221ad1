#include "cache/fill_table.h"

#include "cache/testing/noted_transfer.h"
#include "runtime/testing/on_loop.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace artifactapi::cache {
namespace {

using runtime::Task;
using Joined = FillTable::Joined;

class FillTableTest : public ::testing::Test {
 protected:
  FillTableTest() { loops.start(); }
  std::future<Joined> start_join(const std::string& key, std::size_t loop) {
    auto task = [](FillTable& joined, std::string of) -> Task<Joined> { co_return joined.join(of); };
    return runtime::start_on(loops.at(loop), task(table, key));
  }
  Joined join(const std::string& key) { return runtime::result_of(start_join(key, 0)); }

  runtime::Loops loops{2};
  FillTable table{loops};
};

TEST_F(FillTableTest, HasOneFillForEachKey) {
  EXPECT_EQ(table.find("a"), nullptr);
  const auto first = join("a");
  const auto second = join("a");
  const auto other = join("b");
  EXPECT_TRUE(first.created);
  EXPECT_FALSE(second.created);
  EXPECT_EQ(first.fill, second.fill);
  EXPECT_TRUE(other.created);
  EXPECT_NE(other.fill, first.fill);
  EXPECT_EQ(table.find("a"), first.fill);
  EXPECT_EQ(first.fill->key(), "a");
  EXPECT_EQ(table.size(), 2U);
}

TEST_F(FillTableTest, OfAllWhoJoinAtOnceOneHasCreatedTheFill) {
  std::vector<std::future<Joined>> joining;
  for (std::size_t i = 0; i < 100; ++i) joining.push_back(start_join("a", i % 2));
  int created = 0;
  for (auto& one : joining) {
    const auto joined = runtime::result_of(std::move(one));
    created += joined.created ? 1 : 0;
    EXPECT_EQ(joined.fill, table.find("a"));
  }
  EXPECT_EQ(created, 1);
}

TEST_F(FillTableTest, BeginsAnewOnceAFillWasRemoved) {
  const auto first = join("a");
  table.remove(*first.fill);
  EXPECT_EQ(table.find("a"), nullptr);
  EXPECT_EQ(table.size(), 0U);
  const auto second = join("a");
  EXPECT_TRUE(second.created);
  EXPECT_NE(second.fill, first.fill);
}

TEST_F(FillTableTest, GivesUpWhatNobodyWants) {
  NotedTransfer unwanted;
  NotedTransfer wanted;
  auto prepare = [this](std::string key, NotedTransfer& transfer) -> Task<std::shared_ptr<Fill>> {
    auto fill = table.join(key).fill;
    fill->announce(std::make_shared<catalog::Row>(), std::nullopt);
    fill->received(1000, std::make_shared<const File>());
    fill->set_transfer(&transfer);
    co_return fill;
  };
  (void)runtime::run_on(loops.at(0), prepare("unwanted", unwanted));
  const Fill::Interest reader(runtime::run_on(loops.at(0), prepare("wanted", wanted)));
  table.give_up_unwanted(std::chrono::steady_clock::now() + std::chrono::hours(1));
  auto passed = []() -> Task<bool> { co_return true; };
  EXPECT_TRUE(runtime::run_on(loops.at(0), passed()));
  EXPECT_TRUE(unwanted.cancelled);
  EXPECT_FALSE(wanted.cancelled);
}

}  // namespace
}  // namespace artifactapi::cache
