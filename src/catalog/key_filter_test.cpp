#include "catalog/key_filter.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

namespace artifactapi::catalog {
namespace {

std::string key_of(int number) {
  return fmt::format("pool/main/p/package/package_{}_amd64.deb", number);
}

TEST(KeyFilter, HasWhatWasAddedAndLittleElse) {
  KeyFilter filter;
  constexpr int kKeys = 100'000;
  for (int i = 0; i < kKeys; ++i) filter.add("debian", key_of(i));
  int wrong = 0;
  for (int i = 0; i < kKeys; ++i) {
    ASSERT_TRUE(filter.may_have("debian", key_of(i))) << i;
    wrong += filter.may_have("debian", key_of(i + kKeys)) ? 1 : 0;
  }
  EXPECT_LT(wrong, kKeys / 1000);
}

TEST(KeyFilter, TellsRepositoriesApart) {
  KeyFilter filter;
  filter.add("one", "key");
  filter.add("", "");
  EXPECT_FALSE(filter.may_have("two", "key"));
  EXPECT_FALSE(filter.may_have("on", "ekey"));
  EXPECT_TRUE(filter.may_have("", ""));
}

TEST(KeyFilter, IsEmptyAtFirst) {
  EXPECT_FALSE(KeyFilter().may_have("", ""));
}

}  // namespace
}  // namespace artifactapi::catalog
