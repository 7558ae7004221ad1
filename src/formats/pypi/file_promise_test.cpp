#include "formats/pypi/file_promise.h"

#include "formats/pypi/project_index.h"
#include "formats/testing/promises_told.h"
#include "formats/through_us.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace artifactapi::formats::pypi {
namespace {

struct Document {
  std::string original;
  std::string type;
  http::Url url = *http::parse_url("https://pypi.org/simple/demo/");
  http::Url base = *http::parse_url("https://files.pythonhosted.org");

  [[nodiscard]] RenditionAsked asked() const { return {original, type, url, base, "", ""}; }
  // "algorithm:hex of the digest url"; "-" for no digest; "nothing"
  [[nodiscard]] std::string says_of(std::string_view file) const {
    const auto found = find_promise(asked(), file);
    if (!found) return "nothing";
    static constexpr std::array<const char*, 4> kNames{"sha1", "sha256", "sha384", "sha512"};
    const std::string name = kNames[static_cast<std::size_t>(found->algorithm)];
    std::string hex;
    for (const char byte : found->digest) hex += "0123456789abcdef"[static_cast<unsigned char>(byte) % 16];
    return (hex.empty() ? "-" : name + ":" + hex.substr(0, 3)) + " " + found->url;
  }
};

// Digits of a digest that says_of shows as "ccc".
std::string digits(std::size_t bytes, char last) {
  std::string text;
  for (std::size_t i = 0; i < bytes; ++i) text.append("0").append(1, last);
  return text;
}

constexpr auto kHost = "https://files.pythonhosted.org/";

const Document kJson{R"({"meta":{},"files":[
 {"filename":"demo-1.0-py3-none-any.whl","url":"https://files.pythonhosted.org/packages/demo-1.0-py3-none-any.whl","hashes":{"sha256":")" +
                         digits(32, 'a') + R"("},"core-metadata":{"sha256":")" + digits(32, 'b') + R"("},
  "provenance":"https://pypi.org/integrity/demo/1.0/demo-1.0-py3-none-any.whl/provenance"},
 {"filename":"demo-1.1-py3-none-any.whl","url":"https:\/\/other.example\/demo-1.1-py3-none-any.whl","hashes":{"sha256":")" +
                         digits(32, 'a') + R"(","sha512":")" + digits(64, 'c') +
                         R"("},"core-metadata":true,"gpg-sig":true},
 {"filename":"demo-1.2+x.tar.gz","url":"https://files.pythonhosted.org/packages/demo-1.2%2Bx.tar.gz","hashes":{"md5":"x","sha256":"short"}}]})",
                     "application/vnd.pypi.simple.v1+json"};

TEST(FilePromise, AllThatHaveADigestAreToldOf) {
  const auto files = testing::files_told(kJson.asked(), each_promise, find_promise);
  const auto other = "-/at/" + foreign_digits("https://other.example") + "/demo-1.1-py3-none-any.whl";
  EXPECT_EQ(files, (std::vector<std::string>{"packages/demo-1.0-py3-none-any.whl",
                                             "packages/demo-1.0-py3-none-any.whl.metadata", other}));
  const Document broken{"{\"files\":[", "application/vnd.pypi.simple.v1+json"};
  EXPECT_TRUE(testing::files_told(broken.asked(), each_promise, find_promise).empty());
}

TEST(FilePromise, APageNamesDigestAndAddress) {
  EXPECT_EQ(kJson.says_of("packages/demo-1.0-py3-none-any.whl"),
            "sha256:aaa " + (kHost + std::string("packages/demo-1.0-py3-none-any.whl")));
  EXPECT_EQ(kJson.says_of("packages/demo-1.0-py3-none-any.whl.metadata"),
            "sha256:bbb " + (kHost + std::string("packages/demo-1.0-py3-none-any.whl.metadata")));
  EXPECT_EQ(kJson.says_of("packages/demo-9.tar.gz"), "nothing");
  EXPECT_EQ(kJson.says_of("packages/demo-1.0-py3-none-any.whl.asc"), "nothing");
}

TEST(FilePromise, FilesElsewhereAreKnownByTheirOrigin) {
  const auto elsewhere = "-/at/" + foreign_digits("https://other.example");
  EXPECT_EQ(kJson.says_of(elsewhere + "/demo-1.1-py3-none-any.whl"),
            "sha512:ccc https://other.example/demo-1.1-py3-none-any.whl");
  EXPECT_EQ(kJson.says_of(elsewhere + "/demo-1.1-py3-none-any.whl.metadata"),
            "- https://other.example/demo-1.1-py3-none-any.whl.metadata");
  EXPECT_EQ(kJson.says_of(elsewhere + "/demo-1.1-py3-none-any.whl.asc"),
            "- https://other.example/demo-1.1-py3-none-any.whl.asc");
  EXPECT_EQ(kJson.says_of("-/at/0123456789abcdef/demo-1.1-py3-none-any.whl"), "nothing");
  const auto provenance = "/integrity/demo/1.0/demo-1.0-py3-none-any.whl/provenance";
  EXPECT_EQ(kJson.says_of("-/at/" + foreign_digits("https://pypi.org") + provenance),
            std::string("- https://pypi.org") + provenance);
}

TEST(FilePromise, AnEscapedAddressStaysUpstreams) {
  EXPECT_EQ(kJson.says_of("packages/demo-1.2+x.tar.gz"),
            "- https://files.pythonhosted.org/packages/demo-1.2%2Bx.tar.gz");
}

TEST(FilePromise, HtmlAndTheOlderJsonSayItToo) {
  const Document html{"<base href='https://files.pythonhosted.org/x/'><a href='demo-1.0.tar.gz#sha256=" +
                          digits(32, 'd') + "'>d</a>",
                      "text/html"};
  EXPECT_EQ(html.says_of("x/demo-1.0.tar.gz"), "sha256:ddd https://files.pythonhosted.org/x/demo-1.0.tar.gz");
  const Document older{
      R"({"info":{},"releases":{"1.0":[{"url":"https://files.pythonhosted.org/demo-1.0.tar.gz","digests":{"sha256":")" +
          digits(32, 'e') + R"("}}]},"urls":[]})",
      "application/json"};
  EXPECT_EQ(older.says_of("demo-1.0.tar.gz"), "sha256:eee https://files.pythonhosted.org/demo-1.0.tar.gz");
  EXPECT_EQ(older.says_of("demo-1.1.tar.gz"), "nothing");
}

TEST(FilePromise, OtherDocumentsNameNothing) {
  for (const auto* text : {"", "{", "[]", R"({"files":[{"url":)", "null"}) {
    EXPECT_EQ((Document{text, "application/json"}.says_of("a-1.0.tar.gz")), "nothing") << text;
  }
  EXPECT_EQ((Document{"a-1.0.tar.gz", "text/plain"}.says_of("a-1.0.tar.gz")), "nothing");
}

TEST(ProjectIndex, ThePatternsBeginningNamesTheProject) {
  EXPECT_EQ(*first_page("requests-2.3"), "simple/requests/");
  EXPECT_EQ(*first_page("packages/Zope.Interface-"), "simple/zope-interface/");
  EXPECT_EQ(*first_page("python-dateutil-2."), "simple/python-dateutil/");
  EXPECT_EQ(*first_page("typing_extensions"), "simple/typing-extensions/");
  EXPECT_EQ(*first_page("files/Demo/1.0/x"), "simple/demo/");
  EXPECT_EQ(*first_page("simple/demo/"), "simple/demo/");
  for (const auto* none : {"", "packages/", "-1", "a b"}) EXPECT_FALSE(first_page(none)) << none;
}

TEST(ProjectIndex, APageNamesItsFilesAndTheirMetadata) {
  const auto named = read_project(kJson.asked(), "simple/demo/", "");
  ASSERT_TRUE(named);
  const auto elsewhere = "-/at/" + foreign_digits("https://other.example") + "/";
  EXPECT_EQ(named->artifacts,
            (std::vector<std::string>{
                "packages/demo-1.0-py3-none-any.whl", "packages/demo-1.0-py3-none-any.whl.metadata",
                elsewhere + "demo-1.1-py3-none-any.whl", elsewhere + "demo-1.1-py3-none-any.whl.metadata",
                "packages/demo-1.2+x.tar.gz"}));
  EXPECT_TRUE(named->next.empty());
  EXPECT_FALSE(read_project(Document{"{}", "application/json"}.asked(), "simple/demo/", ""));
}

}  // namespace
}  // namespace artifactapi::formats::pypi
