#include "base/digest.h"

#include <gtest/gtest.h>

namespace artifactapi {
namespace {

constexpr auto kEmpty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

TEST(Digest, OfNothingIsTheKnownOne) {
  EXPECT_EQ(Sha256::of("").hex(), kEmpty);
}

TEST(Digest, SeveralUpdatesEqualOne) {
  Sha256 hash;
  hash.update("ab");
  hash.update("c");
  EXPECT_EQ(std::move(hash).finish(), Sha256::of("abc"));
}

TEST(Digest, ReadsItsOwnHexAndRefusesAnythingElse) {
  const auto digest = Sha256::of("abc");
  EXPECT_EQ(Digest::from_hex(digest.hex()).value(), digest);
  EXPECT_FALSE(Digest::from_hex("").has_value());
  EXPECT_FALSE(Digest::from_hex(std::string(63, 'a')).has_value());
  EXPECT_FALSE(Digest::from_hex(std::string(63, 'a') + "g").has_value());
}

}  // namespace
}  // namespace artifactapi
