#include "formats/docker/resource.h"

#include <gtest/gtest.h>

#include <string>

namespace artifactapi::formats::docker {
namespace {

using Kind = Resource::Kind;

const std::string kDigest = "sha256:" + std::string(64, 'a');

TEST(RegistryPath, NamesOfAnyDepthAreTaken) {
  const auto found = parse_resource("a/b/c__d/e-f.g/manifests/v1.2_x-Y");
  EXPECT_EQ(found.kind, Kind::Tag);
  EXPECT_EQ(found.name, "a/b/c__d/e-f.g");
  EXPECT_EQ(found.reference, "v1.2_x-Y");
}

TEST(RegistryPath, EachKindIsKnown) {
  EXPECT_EQ(parse_resource("").kind, Kind::Base);
  EXPECT_EQ(parse_resource("_catalog").kind, Kind::Catalog);
  EXPECT_EQ(parse_resource("x/tags/list").kind, Kind::Tags);
  EXPECT_EQ(parse_resource("x/manifests/" + kDigest).kind, Kind::Manifest);
  EXPECT_EQ(parse_resource("x/blobs/" + kDigest).kind, Kind::Blob);
  EXPECT_EQ(parse_resource("x/referrers/" + kDigest).kind, Kind::Referrers);
  EXPECT_EQ(parse_resource("x/blobs/" + kDigest).digest.hex(), std::string(64, 'a'));
}

TEST(RegistryPath, WordsOfTheApiMayBePartsOfNames) {
  EXPECT_EQ(parse_resource("x/manifests/manifests/latest").name, "x/manifests");
  EXPECT_EQ(parse_resource("x/blobs/tags/list").name, "x/blobs");
  EXPECT_EQ(parse_resource("tags/tags/list").name, "tags");
}

TEST(RegistryPath, WhatHasNoPlaceIsTold) {
  for (const auto* path :
       {"x", "x/", "x/manifests", "manifests/latest", "x/tags/other", "x/blobs/uploads/", "/"}) {
    EXPECT_GE(parse_resource(path).kind, Kind::NoPath) << path;
  }
  for (const auto* name : {"X", "a//b", "-a", "a-", "a..b", "a___b", "a_-b", "a/", "a%2Fb", "a b"}) {
    EXPECT_FALSE(valid_name(name)) << name;
    EXPECT_EQ(parse_resource(std::string(name) + "/manifests/latest").kind, Kind::BadName) << name;
  }
  EXPECT_EQ(parse_resource("x/manifests/.hidden").kind, Kind::BadTag);
  EXPECT_EQ(parse_resource("x/blobs/latest").kind, Kind::BadDigest);
  EXPECT_EQ(parse_resource("x/blobs/sha256:" + std::string(63, 'a')).kind, Kind::BadDigest);
  EXPECT_EQ(parse_resource("x/blobs/sha256:" + std::string(64, 'A')).kind, Kind::BadDigest);
  EXPECT_EQ(parse_resource("x/blobs/sha512:" + std::string(128, 'a')).kind, Kind::OtherDigest);
}

TEST(RegistryPath, LengthsAreBounded) {
  EXPECT_TRUE(valid_name(std::string(kMostNameBytes, 'a')));
  EXPECT_FALSE(valid_name(std::string(kMostNameBytes + 1, 'a')));
  EXPECT_TRUE(valid_tag(std::string(kMostTagBytes, 'a')));
  EXPECT_FALSE(valid_tag(std::string(kMostTagBytes + 1, 'a')));
  EXPECT_FALSE(valid_digest("x:" + std::string(kMostDigestBytes, 'a')));
}

}  // namespace
}  // namespace artifactapi::formats::docker
