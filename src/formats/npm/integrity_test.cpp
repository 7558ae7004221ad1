#include "formats/npm/integrity.h"

#include "base/digest.h"

#include <gtest/gtest.h>

#include <string>

namespace artifactapi::formats::npm {
namespace {

// Of no bytes at all, by each algorithm.
const std::string kSha512 =
    "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==";
const std::string kSha384 = "sha384-OLBgp1GsljhM2TJ+sbHjaiH9txEUvgdDTAzHv2P24donTt6/529l+9Ua0vFImLlb";
const std::string kSha256 = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
const std::string kSha1 = "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=";
constexpr auto kShasum = "da39a3ee5e6b4b0d3255bfef95601890afd80709";
const std::string kOther512 = "sha512-" + std::string(86, 'A') + "==";

std::string hex(const std::string& raw) {
  std::string text;
  for (const char byte : raw) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    text += kDigits[static_cast<unsigned char>(byte) >> 4U];
    text += kDigits[static_cast<unsigned char>(byte) & 15U];
  }
  return text;
}

std::string told(std::string_view integrity, std::string_view shasum = {}) {
  const auto digest = promised_digest(integrity, shasum);
  if (!digest) return "none";
  return std::to_string(digest->raw.size()) + " " + hex(digest->raw).substr(0, 8);
}

TEST(Integrity, IsReadInEachAlgorithm) {
  EXPECT_EQ(told(kSha512), "64 cf83e135");
  EXPECT_EQ(told(kSha384), "48 38b060a7");
  EXPECT_EQ(told(kSha256), "32 e3b0c442");
  EXPECT_EQ(told(kSha1), "20 da39a3ee");
  EXPECT_EQ(told("", kShasum), "20 da39a3ee");
  EXPECT_EQ(promised_digest(kSha512, "")->algorithm, DigestAlgorithm::Sha512);
  EXPECT_EQ(promised_digest(kSha384, "")->algorithm, DigestAlgorithm::Sha384);
  EXPECT_EQ(promised_digest(kSha256, "")->algorithm, DigestAlgorithm::Sha256);
  EXPECT_EQ(promised_digest("", kShasum)->algorithm, DigestAlgorithm::Sha1);
  const auto bytes = Sha256::of("").bytes();
  EXPECT_EQ(promised_digest(kSha256, "")->raw, std::string(bytes.begin(), bytes.end()));
}

TEST(Integrity, TheStrongestCounts) {
  EXPECT_EQ(told(kSha1 + " " + kSha256 + "\n" + kSha384), "48 38b060a7");
  EXPECT_EQ(told(kSha1 + "\t" + kSha512 + "  " + kSha256, kShasum), "64 cf83e135");
  EXPECT_EQ(told(kSha256, std::string(40, '0')), "32 e3b0c442");
}

TEST(Integrity, OptionsMeanNothing) {
  EXPECT_EQ(told(kSha512 + "?ct=application/x-tgz?x=1 " + kSha256 + "?y"), "64 cf83e135");
}

TEST(Integrity, OfTwoValuesEitherOfWhichWouldDoNoneIsDemanded) {
  EXPECT_EQ(told(kSha512 + " " + kOther512, kShasum), "none");
  EXPECT_EQ(told(kSha512 + " " + kSha512), "64 cf83e135");
}

TEST(Integrity, WhatIsNoDigestIsPassedOver) {
  for (const std::string& odd :
       {std::string(), std::string("sha512-"), std::string("sha512-abc"), kSha512.substr(0, 60),
        kSha512 + "=", "SHA512" + kSha512.substr(6), std::string("md5-1B2M2Y8AsgTpgAmY7PhCfg=="),
        "sha512-" + std::string(86, '!'), std::string(100, ' '), std::string("?")}) {
    EXPECT_EQ(told(odd), "none") << odd;
    EXPECT_EQ(told(odd + " " + kSha256), "32 e3b0c442") << odd;
  }
  for (const auto* odd : {"", "da39", "xa39a3ee5e6b4b0d3255bfef95601890afd80709"})
    EXPECT_EQ(told("", odd), "none");
  EXPECT_EQ(told("", "DA39A3EE5E6B4B0D3255BFEF95601890AFD80709"), "20 da39a3ee");
}

}  // namespace
}  // namespace artifactapi::formats::npm
