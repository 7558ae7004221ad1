#include "formats/helm/index.h"

#include "base/digest.h"
#include "formats/testing/promises_told.h"
#include "formats/through_us.h"

#include <gtest/gtest.h>

namespace artifactapi::formats::helm {
namespace {

class Text final : public RenditionSink {
 public:
  void write(std::string_view piece) override {
    text += piece;
    longest = std::max(longest, piece.size());
  }
  std::string text;
  std::size_t longest = 0;
};

const std::string kDigest(64, 'a');
const std::string kOther(64, 'b');

std::string index_text() {
  return "apiVersion: v1\nentries:\n  demo:\n  - annotations:\n      urls: "
         "https://charts.example/no-link.tgz\n"
         "    created: \"2026-01-02T03:04:05.6Z\"\n    description: has a digest and urls\n    digest: " +
         kDigest +
         "\n    name: demo\n    sources:\n    - https://charts.example/repo/demo-1.0.0.tgz\n    urls:\n"
         "    - charts/demo-1.0.0.tgz\n    - https://charts.example/repo/mirror/demo-1.0.0.tgz\n    version: "
         "1.0.0\n"
         "  - urls: [\"https://github.com/o/r/releases/download/v2/demo-2.0.0+b.tgz\"]\n    digest: sha256:" +
         kOther +
         "\n    version: 2.0.0\n  - urls:\n    - oci://registry.example/demo\n    version: 3.0.0\ngenerated: "
         "now\n";
}

struct Document {
  explicit Document(std::string bytes) : text(std::move(bytes)) {}
  std::string text;
  http::Url url = *http::parse_url("https://charts.example/repo/index.yaml");
  http::Url base = *http::parse_url("https://charts.example/repo");
  RenditionAsked asked{text, "application/yaml", url, base, "https://ours/api/v1/remote/c", ""};
};

const std::string kElsewhere =
    "-/at/" + foreign_digits("https://github.com") + "/o/r/releases/download/v2/demo-2.0.0+b.tgz";

TEST(HelmIndex, LinksLeadThroughUsAndAllElseStaysByteForByte) {
  const Document document(index_text());
  Text made;
  ASSERT_TRUE(render_index(document.asked, made));
  auto expected = index_text();
  const auto put = [&expected](const std::string& old, const std::string& text) {
    const auto at = expected.find(old);
    ASSERT_NE(at, std::string::npos) << old;
    expected.replace(at, old.size(), text);
  };
  const std::string ours = "https://ours/api/v1/remote/c/";
  put("    - charts/demo-1.0.0.tgz", "    - " + ours + "charts/demo-1.0.0.tgz");
  put("    - https://charts.example/repo/mirror/", "    - " + ours + "mirror/");
  put("https://github.com/o/r/releases/download/v2/demo-2.0.0+b.tgz", ours + kElsewhere);
  EXPECT_EQ(made.text, expected);
}

TEST(HelmIndex, JsonIsYamlToo) {
  const Document document(R"({"entries":{"x":[{"urls":["x-1.tgz"],"digest":")" + kDigest + R"("}]}})");
  Text made;
  ASSERT_TRUE(render_index(document.asked, made));
  EXPECT_EQ(made.text, R"({"entries":{"x":[{"urls":["https://ours/api/v1/remote/c/x-1.tgz"],"digest":")" +
                           kDigest + R"("}]}})");
  EXPECT_EQ(find_chart(document.asked, "x-1.tgz")->url, "https://charts.example/repo/x-1.tgz");
}

TEST(HelmIndex, AChartHasTheDigestOfItsOwnVersion) {
  const Document document(index_text());
  const auto hex = [](const Promise& promise) {
    return to_hex({reinterpret_cast<const std::uint8_t*>(promise.digest.data()), promise.digest.size()});
  };
  for (const std::string file : {"charts/demo-1.0.0.tgz", "mirror/demo-1.0.0.tgz"}) {
    const auto promise = find_chart(document.asked, file);
    ASSERT_TRUE(promise) << file;
    EXPECT_EQ(hex(*promise), kDigest);
    EXPECT_EQ(promise->url, "https://charts.example/repo/" + file);
  }
  const auto elsewhere = find_chart(document.asked, kElsewhere);
  ASSERT_TRUE(elsewhere);
  EXPECT_EQ(hex(*elsewhere), kOther);
  EXPECT_EQ(elsewhere->url, "https://github.com/o/r/releases/download/v2/demo-2.0.0+b.tgz");
}

TEST(HelmIndex, AllThatHaveADigestAreToldOf) {
  const Document document(index_text());
  EXPECT_EQ(testing::files_told(document.asked, each_chart, find_chart),
            (std::vector<std::string>{"charts/demo-1.0.0.tgz", "mirror/demo-1.0.0.tgz", kElsewhere}));
  const Document broken("entries:\n  demo:\n  - digest: \"");
  EXPECT_TRUE(testing::files_told(broken.asked, each_chart, find_chart).empty());
}

TEST(HelmIndex, AProvenanceFileLiesBesideItsChart) {
  const Document document(index_text());
  const auto promise = find_chart(document.asked, kElsewhere + ".prov");
  ASSERT_TRUE(promise);
  EXPECT_EQ(promise->digest, "");
  EXPECT_EQ(promise->url, "https://github.com/o/r/releases/download/v2/demo-2.0.0+b.tgz.prov");
}

TEST(HelmIndex, ALinkIsFoundHoweverItsEscapesAreWritten) {
  for (const std::string link : {"a b-1.tgz", "a%20b-1.tgz", "./x/../a%20b%2D1.tgz"}) {
    const Document document("entries:\n  x:\n  - urls:\n    - " + link + "\n");
    Text made;
    ASSERT_TRUE(render_index(document.asked, made));
    EXPECT_TRUE(made.text.contains("https://ours/api/v1/remote/c/a%20b-1.tgz")) << made.text;
    EXPECT_TRUE(find_chart(document.asked, "a%20b-1.tgz")) << link;
  }
}

TEST(HelmIndex, ARemarkBelowALinkChangesNothing) {
  const Document document(
      "entries:\n  x:\n  - urls:\n    - https://charts.example/repo/x-1.tgz\n      # a mirror\n");
  Text made;
  ASSERT_TRUE(render_index(document.asked, made));
  EXPECT_TRUE(made.text.contains("https://ours/api/v1/remote/c/x-1.tgz\n      # a mirror")) << made.text;
}

TEST(HelmIndex, WhatItDoesNotNameIsNotFound) {
  const Document document(index_text());
  for (const std::string file : {"no-link.tgz", "demo-1.0.0.tgz", "charts/demo-1.0.0.tg", "", ".prov"}) {
    EXPECT_FALSE(find_chart(document.asked, file)) << file;
  }
}

TEST(HelmIndex, ChartsBelowTheBaseAreWhatThereIs) {
  const Document document(index_text());
  const auto named = read_index(document.asked, "index.yaml", "");
  ASSERT_TRUE(named);
  EXPECT_EQ(named->artifacts, (std::vector<std::string>{"charts/demo-1.0.0.tgz", "mirror/demo-1.0.0.tgz"}));
  EXPECT_EQ(named->next, "");
}

// Pieces are parts of the document and single links: nothing is gathered.
TEST(HelmIndex, AnIndexOfManyChartsIsWrittenPieceByPiece) {
  std::string text = "entries:\n  demo:\n";
  for (int i = 0; i < 20'000; ++i) {
    text += "  - digest: " + kDigest + "\n    urls:\n    - demo-1.0." + std::to_string(i) + ".tgz\n";
  }
  const Document document(text);
  Text made;
  ASSERT_TRUE(render_index(document.asked, made));
  EXPECT_LT(made.longest, 200U);
  EXPECT_TRUE(find_chart(document.asked, "demo-1.0.19999.tgz"));
}

}  // namespace
}  // namespace artifactapi::formats::helm
