#include "cache/cache_services.h"
#include "cache/testing/cache_fixture.h"
#include "cache/testing/failing_catalog.h"
#include "runtime/testing/on_loop.h"

#include <gtest/gtest.h>

namespace artifactapi::cache {
namespace {

class StoredRow : public CacheTest {
 protected:
  RowPtr look_up(const std::string& key) {
    return runtime::run_on(loops.at(0), stored_row(with_counted, "r", key)).value();
  }

  FailingCatalog counted{directory.path() / "counted.db"};
  CacheServices with_counted{clock,   log,        loops,     pool,         upstream, counted,    *disk.store,
                             hot,     recent,     committer, evictor,      fills,    fill_slots, commit_slots,
                             refused, unstorable, announced, fetched_anew, counters};
};

TEST_F(StoredRow, IsLookedUpOnlyWhereThereMayBeOne) {
  EXPECT_EQ(look_up("unknown"), nullptr);
  EXPECT_EQ(counted.finds(), 1);
  ASSERT_FALSE(*counted.learn_keys());
  EXPECT_EQ(look_up("unknown"), nullptr);
  EXPECT_EQ(counted.finds(), 1);
  catalog::Row row;
  row.repository = "r";
  row.key = "known";
  const catalog::Change put = catalog::Put{row};
  ASSERT_TRUE(counted.commit(std::span(&put, 1)));
  EXPECT_NE(look_up("known"), nullptr);
  EXPECT_EQ(counted.finds(), 2);
}

}  // namespace
}  // namespace artifactapi::cache
