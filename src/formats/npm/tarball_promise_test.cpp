#include "formats/npm/tarball_promise.h"

#include "formats/testing/promises_told.h"
#include "formats/through_us.h"

#include <gtest/gtest.h>

#include <string>

namespace artifactapi::formats::npm {
namespace {

const http::Url kBase = http::parse_url("https://registry.test/repo").value();
const std::string kSha512 = "sha512-" + std::string(86, 'A') + "==";

std::string told(const std::string& document, std::string_view file, const char* path = "demo") {
  auto url = kBase;
  url.path += "/" + std::string(path);
  const auto promise = find_promise({document, "", url, kBase, "", ""}, file);
  if (!promise) return "none";
  return std::to_string(promise->digest.size()) + " " + promise->url;
}

std::string version(const std::string& number, const std::string& dist) {
  return "\"" + number + "\":{\"name\":\"demo\",\"dist\":{" + dist + "}}";
}

std::string package(const std::string& versions) {
  return R"({"name":"demo","versions":{)" + versions + R"(},"readme":"demo-9.tgz"})";
}

TEST(TarballPromise, AllThatHaveADigestAreToldOf) {
  const auto document = package(
      version("1",
              R"("tarball":"https://registry.test/repo/demo/-/demo-1.tgz","integrity":")" + kSha512 + '"') +
      "," + version("2", R"("tarball":"https://registry.test/repo/demo/-/demo-2.tgz")") + "," +
      version(
          "3",
          R"("shasum":"da39a3ee5e6b4b0d3255bfef95601890afd80709","tarball":"https://other.test/demo/-/demo-3.tgz")") +
      "," + version("4", R"("tarball":7,"integrity":")" + kSha512 + '"'));
  auto url = kBase;
  url.path += "/demo";
  const auto files = testing::files_told({document, "", url, kBase, "", ""}, each_promise, find_promise);
  ASSERT_EQ(files.size(), 2U);
  EXPECT_EQ(files[0], "demo/-/demo-1.tgz");
  EXPECT_EQ(files[1], "-/at/" + foreign_digits("https://other.test") + "/demo/-/demo-3.tgz");
}

TEST(TarballPromise, IsTheDigestOfTheVersionWhoseLinkLeadsThere) {
  const auto document = package(
      version("1",
              R"("tarball":"https://registry.test/repo/demo/-/demo-1.tgz","integrity":")" + kSha512 + '"') +
      "," +
      version(
          "2",
          R"("shasum":"da39a3ee5e6b4b0d3255bfef95601890afd80709","tarball":"https://registry.test/repo/demo/-/demo-2.tgz")") +
      "," + version("3", R"("tarball":"https://registry.test/repo/demo/-/demo-3.tgz")"));
  EXPECT_EQ(told(document, "demo/-/demo-1.tgz"), "64 https://registry.test/repo/demo/-/demo-1.tgz");
  EXPECT_EQ(told(document, "demo/-/demo-2.tgz"), "20 https://registry.test/repo/demo/-/demo-2.tgz");
  EXPECT_EQ(told(document, "demo/-/demo-3.tgz"), "0 https://registry.test/repo/demo/-/demo-3.tgz");
  for (const auto* other :
       {"demo/-/demo-4.tgz", "demo-1.tgz", "other/-/demo-1.tgz", "", "demo/-/demo-1.tgz?x"}) {
    EXPECT_EQ(told(document, other), "none") << other;
  }
}

TEST(TarballPromise, KnowsAFileInEverySpellingOfItsLink) {
  for (const auto* link :
       {"https://registry.test/repo/@a/b/-/b-1.tgz", "https://registry.test/repo/@a%2fb/-/b-1.tgz",
        "https://registry.test/repo/@a%2Fb/-/b%2D1.tgz",
        R"(https:\/\/registry.test\/repo\/@a\/b\/-\/b-1.tgz)",
        R"(https://registry.test/repo/@a/b/-/\u0062-1.tgz)", "http://registry.test/repo/@a/b/-/b-1.tgz",
        "b/-/b-1.tgz#x"}) {
    const auto document = package(version("1", std::string(R"("tarball":")") + link + '"'));
    const bool relative = std::string_view(link).starts_with("b/");
    EXPECT_EQ(told(document, relative ? "b/-/b-1.tgz?of-package=%40a%2Fb" : "@a/b/-/b-1.tgz", "@a%2fb")
                  .substr(0, 2),
              "0 ")
        << link;
  }
}

TEST(TarballPromise, KnowsFilesElsewhere) {
  const auto digits = foreign_digits("https://cdn.test");
  const auto document = package(version("1", R"("tarball":"https://cdn.test/@a%2fb/-/b-1.tgz")") + "," +
                                version("2", R"("tarball":"https://cdn.test/42?token=x")"));
  EXPECT_EQ(told(document, "-/at/" + digits + "/@a/b/-/b-1.tgz", "@a%2fb"),
            "0 https://cdn.test/@a%2fb/-/b-1.tgz");
  EXPECT_EQ(told(document, "-/at/" + digits + "/42?token=x&of-package=%40a%2Fb", "@a%2fb"),
            "0 https://cdn.test/42?token=x");
  EXPECT_EQ(told(document, "-/at/" + digits + "/42?token=x", "@a%2fb"), "none");
  EXPECT_EQ(told(document, "-/at/0123456789abcdef/@a/b/-/b-1.tgz", "@a%2fb"), "none");
}

TEST(TarballPromise, AttestationsAreNamedWithoutADigest) {
  const auto digits = foreign_digits("https://cdn.test");
  const auto document = package(
      version("1", R"("tarball":"https://cdn.test/@a/b/-/b-1.tgz","integrity":")" + kSha512 +
                       R"(","attestations":{"url":"https://cdn.test/-/npm/v1/attestations/@a%2fb@1"})"));
  EXPECT_EQ(told(document, "-/at/" + digits + "/-/npm/v1/attestations/@a/b@1", "@a%2fb"),
            "0 https://cdn.test/-/npm/v1/attestations/@a%2fb@1");
}

TEST(TarballPromise, TheLastOfTwoFieldsCountsAndTheFirstOfTwoVersions) {
  const auto document = package(
      version(
          "1",
          R"("tarball":"https://x.test/a.tgz","integrity":"sha512-x","tarball":"https://registry.test/repo/demo/-/demo-1.tgz","integrity":")" +
              kSha512 + '"') +
      "," + version("1", R"("tarball":"https://registry.test/repo/demo/-/demo-1.tgz")"));
  EXPECT_EQ(told(document, "demo/-/demo-1.tgz"), "64 https://registry.test/repo/demo/-/demo-1.tgz");
}

TEST(TarballPromise, OfOneVersionStandsAtItsTop) {
  const std::string document = R"({"dist":{"tarball":"https://registry.test/repo/demo/-/demo-1.tgz"}})";
  EXPECT_EQ(told(document, "demo/-/demo-1.tgz", "demo/1"), "0 https://registry.test/repo/demo/-/demo-1.tgz");
  EXPECT_EQ(told(document, "demo/-/demo-1.tgz"), "none");
}

TEST(TarballPromise, NothingElseIsBelieved) {
  for (const auto* document :
       {"", "[]",
        R"({"versions":{"1":{"dist":{"tarball":"https://registry.test/repo/demo/-/demo-1.tgz" 1}}}})",
        R"({"versions":{"1":{"x":{"dist":{"tarball":"https://registry.test/repo/demo/-/demo-1.tgz"}}}}})",
        R"({"readme":"\"tarball\":\"https://registry.test/repo/demo/-/demo-1.tgz\""})"}) {
    EXPECT_EQ(told(document, "demo/-/demo-1.tgz"), "none") << document;
  }
}

}  // namespace
}  // namespace artifactapi::formats::npm
