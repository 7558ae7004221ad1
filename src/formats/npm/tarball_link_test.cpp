#include "formats/npm/tarball_link.h"

#include "http/path.h"

#include <gtest/gtest.h>

#include <string>

namespace artifactapi::formats::npm {
namespace {

struct Document {
  http::Url base = http::parse_url("https://registry.test/repo").value();
  http::Url url = http::parse_url("https://registry.test/repo/@a%2fb").value();

  [[nodiscard]] RenditionAsked asked() const {
    return {.original = {},
            .content_type = {},
            .original_url = url,
            .base = base,
            .address = "http://us",
            .form = {}};
  }
  [[nodiscard]] std::string path_of(std::string_view link) const {
    const auto target = tarball_target(asked(), subject_of(asked()).package, link);
    return target ? target->path : "none";
  }
  [[nodiscard]] std::string url_of(std::string_view link) const {
    const auto target = tarball_target(asked(), subject_of(asked()).package, link);
    return target ? target->url : "none";
  }
};

std::string elsewhere(std::string_view origin, std::string_view path) {
  return "-/at/" + foreign_digits(origin) + std::string(path);
}

TEST(TarballLink, BelowTheBaseIsTheSamePath) {
  const Document document;
  EXPECT_EQ(document.path_of("https://registry.test/repo/@a/b/-/b-1.0.0.tgz"), "@a/b/-/b-1.0.0.tgz");
  EXPECT_EQ(document.path_of("https://registry.test/repo/@a%2fb/-/b-1.0.0.tgz"), "@a%2Fb/-/b-1.0.0.tgz");
  EXPECT_EQ(document.path_of("https://REGISTRY.test:443/repo/@a/b/-/b-1.0.0.tgz"), "@a/b/-/b-1.0.0.tgz");
  EXPECT_EQ(document.path_of("./b/-/b-1.0.0.tgz"), "b/-/b-1.0.0.tgz?of-package=%40a%2Fb");
  EXPECT_EQ(document.path_of("https://registry.test/repo/@a/b/-/b-1.0.0.tgz?x=1"), "@a/b/-/b-1.0.0.tgz?x=1");
}

TEST(TarballLink, OnOtherHostsItIsElsewhere) {
  const Document document;
  EXPECT_EQ(document.path_of("https://cdn.test/@a/b/-/b-1.0.0.tgz"),
            elsewhere("https://cdn.test", "/@a/b/-/b-1.0.0.tgz"));
  EXPECT_EQ(document.path_of("https://registry.test/other/@a/b/-/b-1.0.0.tgz"),
            elsewhere("https://registry.test", "/other/@a/b/-/b-1.0.0.tgz"));
  EXPECT_EQ(document.url_of("https://user:secret@cdn.test/@a/b/-/b-1.0.0.tgz"),
            "https://cdn.test/@a/b/-/b-1.0.0.tgz");
}

TEST(TarballLink, PlainHttpToTheHostOfTheBaseIsWhatTheBaseIs) {
  const Document document;
  EXPECT_EQ(document.path_of("http://registry.test/repo/@a/b/-/b-1.0.0.tgz"), "@a/b/-/b-1.0.0.tgz");
  EXPECT_EQ(document.url_of("HTTP://registry.test/repo/@a/b/-/b-1.0.0.tgz"),
            "https://registry.test/repo/@a/b/-/b-1.0.0.tgz");
  EXPECT_EQ(document.path_of("http://registry.test:8080/repo/@a/b/-/b-1.0.0.tgz"),
            elsewhere("http://registry.test:8080", "/repo/@a/b/-/b-1.0.0.tgz"));
  EXPECT_EQ(document.path_of("http://cdn.test/@a/b/-/b-1.0.0.tgz"),
            elsewhere("http://cdn.test", "/@a/b/-/b-1.0.0.tgz"));
  Document plain;
  plain.base = http::parse_url("http://registry.test/repo").value();
  plain.url = http::parse_url("http://registry.test/repo/@a%2fb").value();
  EXPECT_EQ(plain.path_of("https://registry.test/repo/@a/b/-/b-1.0.0.tgz"),
            elsewhere("https://registry.test", "/repo/@a/b/-/b-1.0.0.tgz"));
}

TEST(TarballLink, APathThatDoesNotTellItsPackageNamesIt) {
  const Document document;
  EXPECT_EQ(document.path_of("https://registry.test/repo/files/42"), "files/42?of-package=%40a%2Fb");
  EXPECT_EQ(document.path_of("https://registry.test/repo/other/-/b-1.0.0.tgz"),
            "other/-/b-1.0.0.tgz?of-package=%40a%2Fb");
  EXPECT_EQ(document.path_of("https://cdn.test/42?token=1"),
            elsewhere("https://cdn.test", "/42?token=1&of-package=%40a%2Fb"));
  EXPECT_EQ(document.url_of("https://cdn.test/42?token=1"), "https://cdn.test/42?token=1");
  EXPECT_EQ(document.path_of("https://cdn.test"), elsewhere("https://cdn.test", "/?of-package=%40a%2Fb"));
}

TEST(TarballLink, WhatIsNoWebAddressHasNone) {
  const Document document;
  for (const auto* link :
       {"git+ssh://git@host/x.git", "file:///x.tgz", "https://", "http://[", "ftp://x/y.tgz",
        "https://registry.test/repo/%zz.tgz", "https://h/a\\b", "javascript:1"}) {
    EXPECT_EQ(document.path_of(link), "none") << link;
  }
  const auto longest = "https://cdn.test/" + std::string(http::kMaxPathBytes - 60, 'x');
  EXPECT_NE(document.path_of(longest), "none");
  EXPECT_EQ(document.path_of(longest + std::string(40, 'x')), "none");
}

TEST(TarballLink, TheQueryNamesThePackageAtItsEndOnly) {
  EXPECT_EQ(named_package("of-package=%40a%2Fb"), "@a/b");
  EXPECT_EQ(named_package("x=1&of-package=lodash"), "lodash");
  for (const auto* none : {"", "of-package=", "of-package=x&y=1", "xof-package=x", "of-package=a%2Fb",
                           "of-package=%2E%2E", "of-package=-", "of-package=a%00b", "of-package=a?b",
                           "of-package=a%3Fb", "of-package=a%20b", "of-package"}) {
    EXPECT_EQ(named_package(none), "") << none;
  }
  EXPECT_EQ(query_without_package("x=1&of-package=lodash"), "x=1");
  EXPECT_EQ(query_without_package("of-package=lodash"), "");
  EXPECT_EQ(query_without_package("x=1"), "x=1");
}

TEST(TarballLink, ADocumentTellsItsPackageByItsAddress) {
  Document document;
  EXPECT_EQ(subject_of(document.asked()).package, "@a/b");
  EXPECT_EQ(subject_of(document.asked()).place, DistPlace::EachVersion);
  document.url = http::parse_url(url_of_document(document.base, "lodash/latest")).value();
  EXPECT_EQ(subject_of(document.asked()).package, "lodash");
  EXPECT_EQ(subject_of(document.asked()).place, DistPlace::Top);
  for (const auto* other : {"https://registry.test/", "https://registry.test/repository/x",
                            "https://registry.test/repo/-/v1/search", "https://registry.test/repo"}) {
    document.url = http::parse_url(other).value();
    EXPECT_EQ(subject_of(document.asked()).package, "") << other;
  }
}

}  // namespace
}  // namespace artifactapi::formats::npm
