#include "http/media_type.h"

#include "http/headers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace artifactapi::http {
namespace {

using std::string_literals::operator""s;

TEST(ContentTypeFor, GoesByTheLongestEnding) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"a-1.2.3.tar.gz", "application/gzip"},
      {"a.tgz", "application/gzip"},
      {"A.TAR.GZ", "application/gzip"},
      {"a.zip", "application/zip"},
      {"linux.tar.xz", "application/x-xz"},
      {"a.bz2", "application/x-bzip2"},
      {"a.zst", "application/zstd"},
      {"a_1_amd64.deb", "application/vnd.debian.binary-package"},
      {"a-1.el9.x86_64.rpm", "application/x-rpm"},
      {"musl-1.2.apk", "application/octet-stream"},
      {"a-1.0-py3-none-any.whl", "application/zip"},
      {"a-1.0-py3-none-any.whl.metadata", "text/plain; charset=utf-8"},
      {"a.jar", "application/java-archive"},
      {"package.json", "application/json"},
      {"repomd.xml", "application/xml"},
      {"repomd.xml.asc", "application/pgp-signature"},
      {"index.yaml", "application/yaml"},
      {"README.TXT", "text/plain; charset=utf-8"},
      {"index.html", "text/html; charset=utf-8"},
      {"a.iso", "application/x-iso9660-image"},
      {"a.sha256", "text/plain; charset=utf-8"},
      {"InRelease", "text/plain; charset=utf-8"},
      {"Packages", "text/plain; charset=utf-8"},
      {"Packages.gz", "application/gzip"},
      {".json", "application/json"},
  };
  for (const auto& [name, type] : cases) EXPECT_EQ(content_type_for(name), type) << name;
}

TEST(ContentTypeFor, SaysNothingOfNamesThatDoNotTell) {
  for (const std::string& name : {""s, "."s, "kubectl"s, "a."s, "a.unknown"s, "a.gz.unknown"s, "tar.gz2"s,
                                  "release"s, "gz"s, std::string(100000, '.')}) {
    EXPECT_FALSE(content_type_for(name)) << name.substr(0, 20);
  }
  EXPECT_EQ(content_type_for(std::string(100000, '.') + "zip"), "application/zip");
}

TEST(FileName, IsTheLastSegment) {
  EXPECT_EQ(file_name("/a/b.c"), "b.c");
  EXPECT_EQ(file_name("b.c"), "b.c");
  EXPECT_EQ(file_name("/a/"), "");
  EXPECT_EQ(file_name(""), "");
  EXPECT_EQ(file_name("/@s%2Fp"), "@s%2Fp");
}

TEST(ContentDisposition, NamesTheFile) {
  EXPECT_EQ(content_disposition("a-1.0.tar.gz"), "attachment; filename=\"a-1.0.tar.gz\"");
  EXPECT_EQ(content_disposition("a b;c.zip"), "attachment; filename=\"a b;c.zip\"");
  EXPECT_EQ(content_disposition(""), "attachment");
  EXPECT_EQ(content_disposition("na\xC3\xAFve.txt"),
            "attachment; filename=\"na__ve.txt\"; filename*=UTF-8''na%C3%AFve.txt");
  EXPECT_EQ(content_disposition("a\"b%41"), "attachment; filename=\"a_b_41\"; filename*=UTF-8''a%22b%2541");
  EXPECT_EQ(content_disposition("../x\\y"), "attachment; filename=\".._x_y\"");
  EXPECT_EQ(content_disposition("a\r\nEvil: 1\0"s), "attachment; filename=\"a__Evil: 1_\"");
  EXPECT_EQ(content_disposition("\xFF"), "attachment; filename=\"_\"");
}

TEST(ContentDisposition, IsAlwaysOneBoundedAsciiValue) {
  std::mt19937 random(9);  // NOLINT: the same inputs in every run
  for (int round = 0; round < 5000; ++round) {
    std::string name;
    for (auto left = random() % 400; left > 0; --left) name += static_cast<char>(random());
    const std::string value = content_disposition(name);
    ASSERT_TRUE(valid_value(value));
    ASSERT_LT(value.size(), 1100U);
    ASSERT_EQ(std::count(value.begin(), value.end(), '"'), name.empty() ? 0 : 2);
    for (const char c : value) ASSERT_GT(c, 0);
  }
}

}  // namespace
}  // namespace artifactapi::http
