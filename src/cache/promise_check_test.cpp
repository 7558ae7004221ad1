#include "cache/promise_check.h"

#include <gtest/gtest.h>

namespace artifactapi::cache {
namespace {

using formats::DigestAlgorithm;

std::string raw(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  }
  return bytes;
}

bool kept(DigestAlgorithm algorithm, std::string_view hex, std::string_view bytes) {
  PromiseCheck check(formats::Promise{algorithm, raw(hex), ""});
  check.update(bytes.substr(0, 1));
  check.update(bytes.substr(1));
  return check.kept();
}

// Digests of "abc" from FIPS 180-4's examples.
TEST(PromiseCheck, EachAlgorithmKnowsTheRightBytesFromWrongOnes) {
  const std::pair<DigestAlgorithm, const char*> examples[] = {
      {DigestAlgorithm::Sha1, "a9993e364706816aba3e25717850c26c9cd0d89d"},
      {DigestAlgorithm::Sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {DigestAlgorithm::Sha384,
       "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"},
      {DigestAlgorithm::Sha512,
       "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4"
       "423643ce8"
       "0e2a9ac94fa54ca49f"}};
  for (const auto& [algorithm, hex] : examples) {
    EXPECT_TRUE(kept(algorithm, hex, "abc"));
    EXPECT_FALSE(kept(algorithm, hex, "abd"));
    EXPECT_FALSE(kept(algorithm, std::string_view(hex).substr(2), "abc"));
  }
}

TEST(PromiseCheck, WithoutADigestThereIsNothingToBreak) {
  EXPECT_TRUE(kept(DigestAlgorithm::Sha512, "", "abc"));
}

}  // namespace
}  // namespace artifactapi::cache
