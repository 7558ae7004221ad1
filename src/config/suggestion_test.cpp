#include "config/suggestion.h"

#include <gtest/gtest.h>

#include <array>

namespace artifactapi::config {
namespace {

constexpr std::array<std::string_view, 4> kWords = {"mutable_ttl", "immutable_ttl", "listen", "data-dir"};

TEST(Suggestion, NamesTheNearestWord) {
  EXPECT_EQ(did_you_mean("mutable_tll", kWords), "did you mean \"mutable_ttl\"?");
  EXPECT_EQ(did_you_mean("imutable_ttl", kWords), "did you mean \"immutable_ttl\"?");
  EXPECT_EQ(did_you_mean("LISTEN", kWords), "did you mean \"listen\"?");
  EXPECT_EQ(did_you_mean("data_dir", kWords), "did you mean \"data-dir\"?");
  EXPECT_EQ(did_you_mean("lisetn", kWords), "did you mean \"listen\"?");
}

TEST(Suggestion, IsSilentWhenNothingIsNear) {
  EXPECT_EQ(did_you_mean("zebra", kWords), "");
  EXPECT_EQ(did_you_mean("", kWords), "");
  EXPECT_EQ(did_you_mean(std::string(100'000, 'x'), kWords), "");
  EXPECT_EQ(did_you_mean("listen", {}), "");
}

}  // namespace
}  // namespace artifactapi::config
