#include "formats/npm/resource.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace artifactapi::formats::npm {
namespace {

using Kind = Resource::Kind;
using Names = std::vector<std::string>;

Resource resource_of(const std::string& path) {
  return parse_resource(http::canonicalise(path).value());
}

struct Case {
  const char* path;
  Kind kind;
  const char* spelling;
  const char* target;
  Names packages;
};

TEST(NpmPath, MeansOneResourceInEverySpelling) {
  const std::vector<Case> cases{
      {"lodash", Kind::Package, "lodash", "lodash", {"lodash"}},
      {"lodash/", Kind::Package, "lodash", "lodash", {"lodash"}},
      {"JSONStream", Kind::Package, "JSONStream", "JSONStream", {"JSONStream"}},
      {"_old.~'()!*name", Kind::Package, "_old.~'()!*name", "_old.~'()!*name", {"_old.~'()!*name"}},
      {"@babel/core", Kind::Package, "@babel/core", "@babel%2fcore", {"@babel/core"}},
      {"@babel%2fcore", Kind::Package, "@babel/core", "@babel%2fcore", {"@babel/core"}},
      {"@babel%2Fcore", Kind::Package, "@babel/core", "@babel%2fcore", {"@babel/core"}},
      {"%40babel%2fcore/", Kind::Package, "@babel/core", "@babel%2fcore", {"@babel/core"}},
      {"lodash/4.17.21", Kind::Version, "lodash/4.17.21", "lodash/4.17.21", {"lodash"}},
      {"lodash/latest/", Kind::Version, "lodash/latest", "lodash/latest", {"lodash"}},
      {"lodash/%5E4.0.0", Kind::Version, "lodash/%5E4.0.0", "lodash/%5E4.0.0", {"lodash"}},
      {"@babel/core/7.0.0", Kind::Version, "@babel/core/7.0.0", "@babel%2fcore/7.0.0", {"@babel/core"}},
      {"@babel%2fcore/next", Kind::Version, "@babel/core/next", "@babel%2fcore/next", {"@babel/core"}},
      {"-/v1/search", Kind::Search, "-/v1/search", "", {}},
      {"-/package/@a%2fb/dist-tags",
       Kind::Other,
       "-/package/@a/b/dist-tags",
       "-/package/@a%2fb/dist-tags",
       {}},
      {"-/package/lodash/dist-tags",
       Kind::Other,
       "-/package/lodash/dist-tags",
       "-/package/lodash/dist-tags",
       {}},
      {"-/npm/v1/attestations/x@1.0.0",
       Kind::Attestations,
       "-/npm/v1/attestations/x@1.0.0",
       "-/npm/v1/attestations/x@1.0.0",
       {"x"}},
      {"-/npm/v1/attestations/@a%2fb@1.0.0",
       Kind::Attestations,
       "-/npm/v1/attestations/@a/b@1.0.0",
       "-/npm/v1/attestations/@a%2fb@1.0.0",
       {"@a/b"}},
      {"-/npm/v1/attestations/@a",
       Kind::Attestations,
       "-/npm/v1/attestations/@a",
       "-/npm/v1/attestations/@a",
       {}},
  };
  for (const auto& one : cases) {
    const auto found = resource_of(one.path);
    EXPECT_EQ(found.kind, one.kind) << one.path;
    EXPECT_EQ(found.path.encoded, one.spelling) << one.path;
    EXPECT_EQ(found.target, one.target) << one.path;
    EXPECT_EQ(found.packages, one.packages) << one.path;
  }
}

TEST(NpmPath, ATarballTellsItsPackage) {
  const std::vector<Case> cases{
      {"lodash/-/lodash-4.17.21.tgz", Kind::File, "lodash/-/lodash-4.17.21.tgz", "", {"lodash"}},
      {"lodash/-/whatever", Kind::File, "lodash/-/whatever", "", {"lodash"}},
      {"@a/b/-/b-1.0.0.tgz", Kind::File, "@a/b/-/b-1.0.0.tgz", "", {"@a/b"}},
      {"@a%2fb/-/b-1.0.0.tgz", Kind::File, "@a/b/-/b-1.0.0.tgz", "", {"@a/b"}},
      {"@a/b/-/@a/b-1.0.0.tgz", Kind::File, "@a/b/-/@a/b-1.0.0.tgz", "", {"@a/b"}},
      {"@a%2Fb/-/@a%2Fb-1.0.0.tgz", Kind::File, "@a/b/-/@a/b-1.0.0.tgz", "", {"@a/b"}},
      {"api/npm/local/x/-/x-1.0.0.tgz", Kind::File, "api/npm/local/x/-/x-1.0.0.tgz", "", {"x"}},
      {"packages/@a/b/1.0.0/b-1.0.0.tgz", Kind::File, "packages/@a/b/1.0.0/b-1.0.0.tgz", "", {"@a/b"}},
      {"x/download/x-1.0.0.tgz", Kind::File, "x/download/x-1.0.0.tgz", "", {"x"}},
      {"files/base-64-1.0.0.tar.gz", Kind::File, "files/base-64-1.0.0.tar.gz", "", {"base-64", "base"}},
      {"files/abc.tgz", Kind::File, "files/abc.tgz", "", {}},
      {"download/@a/b/1.0.0/0123456789abcdef0123456789abcdef01234567",
       Kind::File,
       "download/@a/b/1.0.0/0123456789abcdef0123456789abcdef01234567",
       "",
       {"@a/b"}},
      {"lodash//-/x.tgz", Kind::File, "lodash//-/x.tgz", "", {}},
  };
  for (const auto& one : cases) {
    const auto found = resource_of(one.path);
    EXPECT_EQ(found.kind, one.kind) << one.path;
    EXPECT_EQ(found.path.encoded, one.spelling) << one.path;
    EXPECT_EQ(found.packages, one.packages) << one.path;
  }
}

TEST(NpmPath, SaysHowManyPackagesAFileNameMayMean) {
  std::string many = "a";
  for (int i = 0; i < 50; ++i) many += "-" + std::to_string(i);
  EXPECT_EQ(resource_of("files/" + many + ".tgz").packages.size(), kMostPackages);
}

TEST(NpmPath, WhatIsNotKnownIsHandedThroughAsItIs) {
  for (const auto* path :
       {"", "-", "-/all", "-/ping", "-/whoami", "-/npm/v1/keys", "-/npm/v1/users", "a/b/c", "@scope",
        "@scope/name/1/2", "lodash/-/", "-/org/x%2fy", "a//b", "lodash//", "x.tgz/", "@a/-/x/", "@a/-"}) {
    const auto found = resource_of(path);
    EXPECT_EQ(found.kind, Kind::Other) << path;
    EXPECT_EQ(found.path.encoded, http::canonicalise(path)->encoded) << path;
    EXPECT_EQ(found.target, "") << path;
  }
}

TEST(NpmPath, AccountsAreTold) {
  for (const auto* path : {"-/npm/v1/user", "-/npm/v1/tokens", "-/npm/v1/tokens/token/x",
                           "-/user/org.couchdb.user:me", "-/user"}) {
    EXPECT_EQ(resource_of(path).kind, Kind::Account) << path;
  }
}

TEST(NpmPath, NamesAreBounded) {
  const std::string longest(kMaxNameBytes, 'n');
  EXPECT_EQ(resource_of(longest).kind, Kind::Package);
  EXPECT_EQ(resource_of(longest + "n").kind, Kind::BadName);
  EXPECT_EQ(resource_of("@s/" + longest.substr(3)).kind, Kind::Package);
  EXPECT_EQ(resource_of("@s/" + longest.substr(2)).kind, Kind::BadName);
  EXPECT_EQ(resource_of(longest + "n/1.0.0").kind, Kind::BadName);
  EXPECT_EQ(resource_of(longest + "n/-/n.tgz").packages, Names{});
}

TEST(NpmPath, ASlashInANameIsNoName) {
  for (const auto* path : {"a%2fb", "a%2Fb/1.0.0", "@a/b%2fc", "@a%2fb%2fc", "@/name", "@/name/1.0.0"}) {
    EXPECT_EQ(resource_of(path).kind, Kind::BadName) << path;
  }
}

TEST(NpmPath, AFileNameTellsTheVersion) {
  EXPECT_EQ(version_of_file("lodash-4.17.21.tgz", "lodash"), "4.17.21");
  EXPECT_EQ(version_of_file("b-1.0.0-rc.1.tar.gz", "@a/b"), "1.0.0-rc.1");
  for (const auto* other : {"", "b.tgz", "b-1.0.0", "c-1.0.0.tgz", "b-.tgz"}) {
    EXPECT_EQ(version_of_file(other, "@a/b"), "") << other;
  }
}

}  // namespace
}  // namespace artifactapi::formats::npm
