#include "formats/npm/package_document.h"

#include "formats/through_us.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace artifactapi::formats::npm {
namespace {

class Pieces : public RenditionSink {
 public:
  void write(std::string_view piece) override {
    text += piece;
    longest = std::max(longest, piece.size());
  }
  std::string text;
  std::size_t longest = 0;
};

const http::Url kBase = http::parse_url("https://registry.npmjs.org").value();
constexpr auto kUs = "http://us/api/v1/remote/npm";

std::string rendered(const std::string& document, const char* path = "demo", Render render = render_package,
                     const http::Url& base = kBase) {
  auto url = base;
  url.path = "/" + std::string(path);
  Pieces pieces;
  const auto done = render({document, "application/json", url, base, kUs, ""}, pieces);
  return done ? pieces.text : "failed: " + done.error().message;
}

// Every '$' stands for a link below the base on the way in, and for the same through us on the way out.
std::string with(std::string text, std::string_view address) {
  for (auto at = text.find('$'); at != std::string::npos; at = text.find('$', at))
    text.replace(at, 1, address);
  return text;
}

void expect_links_alone_to_change(const std::string& text) {
  EXPECT_EQ(rendered(with(text, "https://registry.npmjs.org")), with(text, kUs));
}

TEST(PackageDocument, LinksOfTarballsLeadThroughUsAndAllElseStays) {
  expect_links_alone_to_change(
      R"({"_id":"demo","name":"demo","dist-tags":{"latest":"1.0.0"},"versions":{"1.0.0":{"name":"demo",
"homepage":"https://registry.npmjs.org/demo/-/demo-1.0.0.tgz","dist":{"shasum":"x","tarball":"$/demo/-/demo-1.0.0.tgz",
"integrity":"sha512-x","signatures":[{"keyid":"SHA256:x","sig":"MEU\/="}]}},"1.0.1":{"dist":{"tarball":"$/demo/-/demo-1.0.1.tgz"}}},
"readme":"see https://registry.npmjs.org/demo/-/demo-1.0.0.tgz","time":{"modified":"2020-01-01T00:00:00.000Z"}})");
}

TEST(PackageDocument, AttestationsLeadThroughUsToo) {
  expect_links_alone_to_change(
      R"({"versions":{"1":{"dist":{"attestations":{"url":"$/-/npm/v1/attestations/demo@1.0.0",
"provenance":{"predicateType":"https://slsa.dev/provenance/v1","url":"https://registry.npmjs.org/x"}}}}}})");
}

TEST(PackageDocument, OddDocumentsStayByteForByte) {
  for (
      const auto* odd : {
          R"({})",
          R"({"versions":{}})",
          R"({"versions":null,"dist":{"tarball":"https://registry.npmjs.org/demo/-/demo-1.0.0.tgz"}})",
          R"({"versions":[{"dist":{"tarball":"https://registry.npmjs.org/demo/-/demo-1.0.0.tgz"}}]})",
          R"({"versions":{"1":{"foo":{"dist":{"tarball":"https://registry.npmjs.org/demo/-/demo-1.0.0.tgz"}}}}})",
          R"({"readme":"{\"versions\":{\"1\":{\"dist\":{\"tarball\":\"https://registry.npmjs.org/demo/-/d-1.tgz\"}}}}"})",
          R"({"versions":{"1":{"dist":{"tarball":{"url":"https://registry.npmjs.org/demo/-/demo-1.0.0.tgz"}}}}})",
          R"({"versions":{"1":{"dist":{"tarball":null}},"2":{"dist":[]},"3":{"dist":"x"},"4":null,"5":{}}})",
          R"({"versions":{"1":{"dist":{"tarball":"git+ssh://git@host/x.git"}}}})",
          R"({"versions":{"1":{"dist":{"tarball":"\ud800"}}}})",
          R"({"__proto__":{"versions":{"1":{"dist":{"tarball":"https://registry.npmjs.org/x"}}}}})",
          "{\"a\":1e400,\"b\":123456789012345678901234567890,\"c\":\"\xC3\xA9\xFF\",\"d\":\"\\ud83d\"}",
          "\xEF\xBB\xBF{ }\n",
      }) {
    EXPECT_EQ(rendered(odd), odd);
  }
}

TEST(PackageDocument, OddSpellingsAreReadAsClientsReadThem) {
  EXPECT_EQ(rendered("\xEF\xBB\xBF { \"\\u0076ersions\"\n:\t{\"__proto__\":{\"d\\u0069st\" : "
                     "{\"tarb\\u0061ll\":\r\n\"https:\\/\\/registry.npmjs.org\\/demo\\/-\\/"
                     "demo-1\\u002e0.tgz\" } }} }\n"),
            "\xEF\xBB\xBF { \"\\u0076ersions\"\n:\t{\"__proto__\":{\"d\\u0069st\" : "
            "{\"tarb\\u0061ll\":\r\n\"http://us/api/v1/remote/npm/demo/-/demo-1.0.tgz\" } }} }\n");
  expect_links_alone_to_change(
      R"({"versions":{"1":{"dist":{"tarball":"$/demo/-/a.tgz","tarball":"$/demo/-/b.tgz"},"dist":{"tarball":"$/demo/-/c.tgz"}},
"1":{"dist":{"tarball":"$/demo/-/d.tgz"}}},"versions":{"2":{"dist":{"tarball":"$/demo/-/e.tgz"}}}})");
  EXPECT_EQ(
      rendered(
          R"({"versions":{"1":{"dist":{"tarball":"https://registry.npmjs.org/demo/-/d-1+b é.tgz#x"}}}})"),
      R"({"versions":{"1":{"dist":{"tarball":"http://us/api/v1/remote/npm/demo/-/d-1+b%20%C3%A9.tgz#x"}}}})");
}

TEST(PackageDocument, LinksToOtherHostsLeadThroughUs) {
  const auto elsewhere = std::string(kUs) + "/-/at/" + foreign_digits("http://mirror.test:4873");
  EXPECT_EQ(rendered(R"({"versions":{"1":{"dist":{"tarball":"http://mirror.test:4873/demo/-/demo-1.tgz",
"attestations":{"url":"http://mirror.test:4873/-/npm/v1/attestations/demo@1"}}}}})"),
            R"({"versions":{"1":{"dist":{"tarball":")" + elsewhere + R"(/demo/-/demo-1.tgz",
"attestations":{"url":")" +
                elsewhere + R"(/-/npm/v1/attestations/demo@1"}}}}})");
  EXPECT_EQ(rendered(R"({"versions":{"1":{"dist":{"tarball":"http://mirror.test:4873/42"}}}})", "@a%2fb"),
            R"({"versions":{"1":{"dist":{"tarball":")" + elsewhere + R"(/42?of-package=%40a%2Fb"}}}})");
}

TEST(PackageDocument, OneVersionHasItsLinkAtTheTop) {
  const std::string document =
      R"({"name":"demo","dist":{"tarball":"$/demo/-/demo-1.tgz"},"versions":{"1":{"dist":{"tarball":"https://x/y.tgz"}}}})";
  EXPECT_EQ(rendered(with(document, "https://registry.npmjs.org"), "demo/1", render_version),
            with(document, kUs));
}

TEST(PackageDocument, WhatIsNoneIsAnErrorAndNothingElse) {
  for (const auto* none :
       {"", "[]", "null", "<!DOCTYPE html>", "{\"versions\":{\"1\":{\"dist\":{\"tarball\":\"x\"}}}",
        R"({"versions":{}} trailing)", R"({"versions":{"1":{"dist":{"tarball" "x"}}}})",
        R"({"versions":{"1":[}})"}) {
    EXPECT_EQ(rendered(none).substr(0, 7), "failed:") << none;
  }
}

TEST(PackageDocument, ADocumentOverTheLimitIsNone) {
  const std::string large = "{\"a\":\"" + std::string(kMostVersionBytes, 'x') + "\"}";
  EXPECT_EQ(rendered(large, "demo/1", render_version).substr(0, 7), "failed:");
  EXPECT_EQ(rendered(large), large);
}

TEST(PackageDocument, IsPassedOnInPieces) {
  const std::string document = "{\"readme\":\"" + std::string(1'000'000, 'x') + "\",\"versions\":{}}";
  Pieces pieces;
  const RenditionAsked asked{document, "", kBase, kBase, kUs, ""};
  ASSERT_TRUE(render_package(asked, pieces));
  EXPECT_EQ(pieces.text, document);
  EXPECT_LE(pieces.longest, 200'000U);
}

}  // namespace
}  // namespace artifactapi::formats::npm
