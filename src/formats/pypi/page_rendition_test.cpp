#include "formats/pypi/page_rendition.h"

#include "formats/pypi/project_page.h"
#include "formats/through_us.h"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include <string>

namespace artifactapi::formats::pypi {
namespace {

namespace json = boost::json;

class TextSink : public RenditionSink {
 public:
  void write(std::string_view piece) override { text += piece; }
  std::string text;
};

struct Page {
  std::string original;
  std::string type;
  http::Url url = *http::parse_url("https://pypi.org/simple/demo/");
  http::Url base = *http::parse_url("https://files.pythonhosted.org");

  [[nodiscard]] std::string as(std::string_view form) const {
    const RenditionAsked asked{original, type, url, base, "https://ours/api/v1/remote/pypi", form};
    TextSink sink;
    const auto done = render_page(asked, sink);
    return done ? sink.text : "failed: " + done.error().message;
  }
  [[nodiscard]] json::object as_json() const { return json::parse(as("json")).as_object(); }
};

constexpr auto kJsonType = "application/vnd.pypi.simple.v1+json";
const std::string kSha(64, 'a');

// As pypi.org orders and words it.
const Page kJsonPage{
    R"({"alternate-locations":["https://other.example/simple/demo/"],"files":[
{"core-metadata":{"sha256":")" +
        std::string(64, 'b') + R"("},"data-dist-info-metadata":{"sha256":")" + std::string(64, 'b') + R"("},
"filename":"demo-1.0-py3-none-any.whl","hashes":{"sha256":")" +
        kSha + R"("},"provenance":"https://pypi.org/integrity/demo/1.0/demo-1.0-py3-none-any.whl/provenance",
"requires-python":">=3.8,<4","size":9007199254740993,"upload-time":"2024-05-01T10:00:00.123456Z","url":"https://files.pythonhosted.org/packages/ab/cd/demo-1.0-py3-none-any.whl","yanked":false,"new-field":{"x":[1,2]}},
{"core-metadata":false,"filename":"demo-0.9.tar.gz","hashes":{"md5":"x","sha256":")" +
        kSha +
        R"("},"provenance":null,"requires-python":null,"size":5,"upload-time":null,"url":"../../packages/demo-0.9.tar.gz","yanked":"broken \"<wheel>\""}],
"meta":{"_last-serial":42,"api-version":"1.4","tracks":["https://up.example/simple/demo/"]},"name":"demo","project-status":{"reason":"moved & gone","status":"archived"},"versions":["0.9","1.0"],"future":null})",
    kJsonType};

TEST(PageRendition, JsonOfJsonHasEveryMemberAgainAndLinksThroughUs) {
  auto expected = json::parse(kJsonPage.original).as_object();
  auto& files = expected["files"].as_array();
  files[0].as_object()["url"] = "https://ours/api/v1/remote/pypi/packages/ab/cd/demo-1.0-py3-none-any.whl";
  const auto elsewhere = "https://ours/api/v1/remote/pypi/-/at/" + foreign_digits("https://pypi.org");
  files[0].as_object()["provenance"] = elsewhere + "/integrity/demo/1.0/demo-1.0-py3-none-any.whl/provenance";
  files[1].as_object()["url"] = elsewhere + "/packages/demo-0.9.tar.gz";
  EXPECT_EQ(kJsonPage.as_json(), expected);
}

TEST(PageRendition, HtmlOfJsonSaysWhatHtmlHasWordsFor) {
  EXPECT_EQ(
      kJsonPage.as("html"),
      R"(<!DOCTYPE html>
<html>
  <head>
    <meta name="pypi:repository-version" content="1.4">
    <meta name="pypi:tracks" content="https://up.example/simple/demo/">
    <meta name="pypi:alternate-locations" content="https://other.example/simple/demo/">
    <meta name="pypi:project-status" content="archived">
    <meta name="pypi:project-status-reason" content="moved &amp; gone">
    <title>Links for demo</title>
  </head>
  <body>
    <h1>Links for demo</h1>
    <a href="https://ours/api/v1/remote/pypi/packages/ab/cd/demo-1.0-py3-none-any.whl#sha256=)" +
          kSha + R"(" data-requires-python="&gt;=3.8,&lt;4" data-dist-info-metadata="sha256=)" +
          std::string(64, 'b') + R"(" data-core-metadata="sha256=)" + std::string(64, 'b') +
          R"(" data-provenance="https://ours/api/v1/remote/pypi/-/at/)" + foreign_digits("https://pypi.org") +
          R"(/integrity/demo/1.0/demo-1.0-py3-none-any.whl/provenance">demo-1.0-py3-none-any.whl</a><br />
    <a href="https://ours/api/v1/remote/pypi/-/at/)" +
          foreign_digits("https://pypi.org") + "/packages/demo-0.9.tar.gz#sha256=" + kSha +
          R"(" data-yanked="broken &quot;&lt;wheel&gt;&quot;">demo-0.9.tar.gz</a><br />
  </body>
</html>
)");
  EXPECT_EQ(kJsonPage.as("html"), kJsonPage.as("html-v1"));
}

const Page kHtmlPage{
    R"(<!DOCTYPE html><html><head><base href="https://files.pythonhosted.org/dist/"><meta name='pypi:repository-version' content='1.1'>
<meta name="pypi:tracks" content="https://up.example/simple/demo/"><title>Links for Demo</title></head><body><h1>Links for Demo</h1>
<a href="../packages/demo-1.0%2Bcu1-py3-none-any.whl#sha256=)" +
        kSha +
        R"(&amp;egg=demo" data-requires-python="&gt;=3.8" data-dist-info-metadata="true" data-gpg-sig="true" rel="internal" onclick="x">demo</a><br/>
<a href='https://mirror.example/demo-0.9.zip?token=1#md5=short' data-yanked data-core-metadata="sha256=)" +
        kSha + R"(">demo-0.9.zip</a>
<a href="../">up</a><a name="x">none</a><!-- <a href="demo-0.8.zip"> -->
</body></html>)",
    "text/html; charset=utf-8"};

TEST(PageRendition, HtmlOfHtmlKeepsAttributesAndFragments) {
  const auto html = kHtmlPage.as("html");
  EXPECT_NE(
      html.find(
          R"(<a href="https://ours/api/v1/remote/pypi/packages/demo-1.0+cu1-py3-none-any.whl#sha256=)" +
          kSha +
          R"(&amp;egg=demo" data-requires-python="&gt;=3.8" data-dist-info-metadata="true" data-core-metadata="true" data-gpg-sig="true" rel="internal">demo-1.0+cu1-py3-none-any.whl</a>)"),
      std::string::npos)
      << html;
  EXPECT_NE(html.find("/demo-0.9.zip?token=1#md5=short\" data-dist-info-metadata=\"sha256=" + kSha),
            std::string::npos)
      << html;
  EXPECT_NE(html.find("data-yanked=\"\">demo-0.9.zip"), std::string::npos) << html;
  EXPECT_EQ(html.find("onclick"), std::string::npos);
  EXPECT_EQ(html.find("demo-0.8"), std::string::npos);
  EXPECT_EQ(html.find(">up<"), std::string::npos);
}

TEST(PageRendition, JsonOfHtmlClaimsNoMoreThanIsKnown) {
  const auto page = kHtmlPage.as_json();
  EXPECT_EQ(page.at("meta"),
            (json::value{{"api-version", "1.0"}, {"tracks", {"https://up.example/simple/demo/"}}}));
  EXPECT_EQ(page.at("name"), "demo");
  EXPECT_FALSE(page.contains("versions"));
  const auto& files = page.at("files").as_array();
  ASSERT_EQ(files.size(), 2U);
  EXPECT_EQ(
      files[0],
      (json::value{{"filename", "demo-1.0+cu1-py3-none-any.whl"},
                   {"url", "https://ours/api/v1/remote/pypi/packages/demo-1.0+cu1-py3-none-any.whl#egg=demo"},
                   {"hashes", {{"sha256", kSha}}},
                   {"requires-python", ">=3.8"},
                   {"core-metadata", true},
                   {"gpg-sig", true}}));
  EXPECT_EQ(files[1].at("yanked"), true);
  EXPECT_EQ(files[1].at("hashes"), json::object());
  EXPECT_EQ(files[1].at("core-metadata"), (json::value{{"sha256", kSha}}));
}

TEST(PageRendition, OnlyAnOlderNameOfMetadataGetsTheNewerOneBesideIt) {
  const Page page{R"({"files":[{"filename":"a.whl","url":"a.whl","hashes":{},"dist-info-metadata":true}]})",
                  kJsonType};
  const auto file = page.as_json().at("files").at(0).as_object();
  EXPECT_EQ(file.at("core-metadata"), true);
  EXPECT_EQ(file.at("dist-info-metadata"), true);
}

TEST(PageRendition, LinksThatAreNoWebAddressStay) {
  const Page page{"<a href='git+https://x.example/y.git#egg=y'>y</a><a href='javascript:alert(1)/x'>z</a>",
                  "text/html"};
  EXPECT_NE(page.as("html").find("git+https://x.example/y.git#egg=y"), std::string::npos);
}

TEST(PageRendition, ANameThatIsNoTextStaysEscaped) {
  const Page page{"<a href='demo%BC-1.zip'>x</a>", "text/html"};
  EXPECT_EQ(page.as_json().at("files").at(0).at("filename"), "demo%BC-1.zip");
}

TEST(PageRendition, AnEntryWithoutALinkStaysInJsonOnly) {
  const Page page{R"({"files":[{"filename":"a.whl"},{"url":7}]})", kJsonType};
  EXPECT_EQ(page.as_json(), json::parse(page.original));
  EXPECT_EQ(page.as("html").find("<a"), std::string::npos);
}

TEST(PageRendition, WhatIsNoPageIsRefused) {
  for (const auto* text :
       {"", "[]", "{}", R"({"files":{}})", R"({"files":[1]})", R"({"files":[]} x)", R"({"files":[{"url":}]})",
        R"({"meta":x,"files":[]})", R"({"files":[{}],)", "<html>"}) {
    for (const auto* form : {"json", "html"}) {
      const bool only_html_skips_it =
          std::string_view(text).contains("meta") && std::string_view(form) == "html";
      if (only_html_skips_it) continue;
      EXPECT_TRUE((Page{text, kJsonType}.as(form).starts_with("failed"))) << text << " as " << form;
    }
  }
  EXPECT_TRUE((Page{"<a href=x>", "image/png"}.as("html").starts_with("failed")));
  EXPECT_FALSE((Page{"<a href=x>", ""}.as("html").starts_with("failed")));
  EXPECT_FALSE((Page{R"( {"files":[]})", "application/octet-stream"}.as("html").starts_with("failed")));
}

TEST(PageRendition, DepthAndSizeOfWhatIsSaidOfAFileAreBounded) {
  const auto with = [](const std::string& value) {
    return Page{R"({"files":[{"url":"a.whl","filename":"a.whl","x":)" + value + "}]}", kJsonType}.as("json");
  };
  EXPECT_TRUE(with(std::string(100, '[') + std::string(100, ']')).starts_with("failed"));
  EXPECT_TRUE(with('"' + std::string(kMostFileBytes, 'x') + '"').starts_with("failed"));
  EXPECT_FALSE(with("[[[[[]]]]]").starts_with("failed"));
}

TEST(PageRendition, ManyFilesComeInPiecesAndTheirNumberIsBounded) {
  const auto page_of = [](std::size_t count) {
    std::string text = R"({"files":[{})";
    text.reserve(text.size() + 3 * count + 10);
    for (std::size_t i = 1; i < count; ++i) text += ",{}";
    return Page{text + "]}", kJsonType};
  };
  EXPECT_EQ(page_of(100'000).as("json"), page_of(100'000).original);
  EXPECT_TRUE(page_of(kMostFiles + 1).as("json").starts_with("failed"));
}

TEST(ProjectJson, OnlyTheLinksOfFilesChange) {
  const std::string original = R"({"info":{"url":"https://pypi.org/","home_page": "x"}, "last_serial":1,
 "releases":{"1.0":[{"url": "https://files.pythonhosted.org/packages/a/demo-1.0.tar.gz", "digests":{"sha256":"x"}}], "0.9":[]},
 "urls":[{"filename":"demo-1.0.tar.gz","url":"https://files.pythonhosted.org/packages/a/demo-1.0.tar.gz"}, 7] , "vulnerabilities":[]} )";
  const auto url = *http::parse_url("https://pypi.org/pypi/demo/json");
  const auto base = *http::parse_url("https://files.pythonhosted.org/");
  const auto render = [&](std::string_view text) {
    TextSink sink;
    const auto done =
        render_project_json({text, "application/json", url, base, "http://ours/api/pypi", ""}, sink);
    return done ? sink.text : "failed";
  };
  auto expected = original;
  for (std::size_t at = 0; (at = expected.find("https://files.pythonhosted.org", at)) != std::string::npos;) {
    expected.replace(at, 30, "http://ours/api/pypi");
  }
  EXPECT_EQ(render(original), expected);
  for (const auto* text : {"", "{}", "[]", R"({"urls":[})", R"({"urls":[]} x)", R"({"info":{}})"})
    EXPECT_EQ(render(text), "failed") << text;
}

}  // namespace
}  // namespace artifactapi::formats::pypi
