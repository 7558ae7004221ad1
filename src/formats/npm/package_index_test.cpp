#include "formats/npm/package_index.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace artifactapi::formats::npm {
namespace {

TEST(PackageIndex, APatternBeginsWithThePackage) {
  EXPECT_EQ(*first_document("lodash/-/"), "lodash");
  EXPECT_EQ(*first_document("lodash/"), "lodash");
  EXPECT_EQ(*first_document("@babel/core/-/core-7"), "@babel/core");
  EXPECT_EQ(*first_document("@babel%2fcore/-/core-7"), "@babel/core");
  for (const auto* none :
       {"", "lodash", "@babel", "@babel/", "@babel/core", "/", "-/all", "../x/", "a%zz/"}) {
    EXPECT_FALSE(first_document(none)) << none;
  }
}

TEST(PackageIndex, ListsTheTarballsOfAPackage) {
  const auto base = http::parse_url("https://registry.test").value();
  const auto url = http::parse_url("https://registry.test/demo").value();
  const std::string document =
      R"({"versions":{"1":{"dist":{"tarball":"https://registry.test/demo/-/demo-1.tgz"}},
      "2":{"dist":{"tarball":5}},"3":{},"4":{"dist":{"tarball":"demo/-/demo-4.tgz"}},
      "5":{"dist":{"tarball":"https://registry.test/files/5"}},"6":{"dist":{"tarball":"git://x/y"}}}})";
  const auto named = read_tarballs({document, "", url, base, "", ""}, "demo", "");
  ASSERT_TRUE(named);
  EXPECT_EQ(named->artifacts,
            (std::vector<std::string>{"demo/-/demo-1.tgz", "demo/-/demo-4.tgz", "files/5?of-package=demo"}));
  EXPECT_EQ(named->next, "");
}

TEST(PackageIndex, WhatIsNoDocumentIsAnError) {
  const auto base = http::parse_url("https://registry.test").value();
  for (const auto* document : {"", "[]", "<html>", R"({"versions":{)"}) {
    const auto named = read_tarballs({document, "", base, base, "", ""}, "demo", "");
    ASSERT_FALSE(named) << document;
    EXPECT_EQ(named.error().code, Code::BadPeer);
  }
}

}  // namespace
}  // namespace artifactapi::formats::npm
