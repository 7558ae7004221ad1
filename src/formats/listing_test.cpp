#include "formats/listing.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace artifactapi::formats {
namespace {

constexpr const char* kBase = "https://user:secret@files.test/mirror";

Listing listing_for(std::string_view pattern, std::string_view base = kBase) {
  return Listing::make(http::parse_url(base).value(), pattern).value();
}

http::CanonicalPath path_of(std::string_view text) {
  return http::canonicalise(text).value();
}

// "page a/b/", "artifact a.zip", "deep", or "" for a link that leads nowhere.
std::string step(const Listing& listing, std::string_view page, std::string_view href) {
  const auto found = listing.step(path_of(page), href);
  const auto query = found.path.has_query ? "?" + found.path.query : "";
  switch (found.kind) {
    case Step::Kind::Ignored: return "";
    case Step::Kind::Page: return "page " + found.path.encoded + query;
    case Step::Kind::TooDeep: return "deep";
    case Step::Kind::Artifact: return "artifact " + found.path.encoded + query;
  }
  return "";
}

TEST(Listing, LinksOfADirectoryAreItsFilesAndDirectories) {
  const auto all = listing_for(".");
  EXPECT_EQ(step(all, "", "a.zip"), "artifact a.zip");
  EXPECT_EQ(step(all, "", "./a.zip"), "artifact a.zip");
  EXPECT_EQ(step(all, "", "pool/"), "page pool/");
  EXPECT_EQ(step(all, "pool/", "a%20b.zip"), "artifact pool/a%20b.zip");
  EXPECT_EQ(step(all, "pool/", "/mirror/pool/x/"), "page pool/x/");
  EXPECT_EQ(step(all, "pool/", "https://files.test/mirror/pool/x.zip"), "artifact pool/x.zip");
  EXPECT_EQ(step(all, "pool/", "//files.test:443/mirror/pool/x.zip"), "artifact pool/x.zip");
  EXPECT_EQ(step(all, "pool/", " \n x.zip#sha256=1\t"), "artifact pool/x.zip");
  EXPECT_EQ(step(all, "pool/", "x.zip?v=1"), "artifact pool/x.zip?v=1");
  EXPECT_EQ(step(all, "pool/", "/mirror/other/x.zip"), "artifact other/x.zip");
}

TEST(Listing, LinksThatLeadElsewhereAreIgnored) {
  const auto all = listing_for(".");
  for (const auto* href : {"http://files.test/mirror/a.zip",
                           "https://other.test/mirror/a.zip",
                           "//other.test/mirror/a.zip",
                           "https://files.test:8443/mirror/a.zip",
                           "https://files.test@other.test/mirror/a.zip",
                           "/a.zip",
                           "/mirrors/a.zip",
                           "/mirror/../a.zip",
                           "../a.zip",
                           "../../mirror2/a.zip",
                           "%2e%2e/a.zip",
                           "%2E%2e/%2e./a.zip",
                           ".%2e/a.zip",
                           "..;x=1/a.zip",
                           "a%2f..%2f..%2fb.zip",
                           "..%2fa.zip",
                           "..\\a.zip",
                           "%5c..%5ca.zip",
                           "\\\\other.test\\a.zip",
                           "javascript:alert(1)",
                           "JavaScript:%61.zip",
                           "data:text/html,x",
                           "mailto:a@b",
                           "ftp://files.test/mirror/a.zip",
                           "file:///etc/passwd",
                           "java\nscript:x",
                           "",
                           "#top",
                           " ",
                           "https:",
                           "https://",
                           "http:///a.zip",
                           "a%00.zip",
                           "a%zz.zip",
                           "\xFF\xFE.zip",
                           "a\x01.zip",
                           "https://[::1/mirror/a.zip"}) {
    EXPECT_EQ(step(all, "", href), "") << href;
  }
}

TEST(Listing, PagesLeadDownOnly) {
  const auto all = listing_for(".");
  for (const auto* href : {"../", "./", "/mirror/", "/mirror/other/", "?C=N;O=D", "x/?C=N;O=D", "../pool/"}) {
    EXPECT_EQ(step(all, "pool/", href), "") << href;
  }
  EXPECT_EQ(step(all, "pool/", "./x/../y/"), "page pool/y/");
}

TEST(Listing, DirectoriesHaveABottom) {
  const auto all = listing_for(".");
  std::string page;
  for (std::size_t depth = 0; depth < Listing::kMaxDepth; ++depth) {
    EXPECT_EQ(step(all, page, "a/"), "page " + page + "a/");
    page += "a/";
  }
  EXPECT_EQ(step(all, page, "a/"), "deep");
  EXPECT_EQ(step(all, page, "a.zip"), "artifact " + page + "a.zip");
}

TEST(Listing, AnAnchoredPatternBeginsWhereItsTextLeads) {
  const auto some = listing_for("^pool/main/h/hel.*\\.deb$");
  EXPECT_EQ(some.first_page().encoded, "pool/main/h/");
  EXPECT_EQ(step(some, "pool/main/h/", "hello/"), "page pool/main/h/hello/");
  EXPECT_EQ(step(some, "pool/main/h/", "haskell/"), "");
  EXPECT_EQ(step(some, "pool/main/h/hello/", "doc/"), "page pool/main/h/hello/doc/");
  EXPECT_EQ(listing_for("^a b/c%d/").first_page().encoded, "a%20b/c%25d/");
  EXPECT_EQ(listing_for("pool/main/").first_page().encoded, "");
}

TEST(Listing, APatternThatBeginsWithWhatNoPathMayHoldIsRefused) {
  const auto base = http::parse_url(kBase).value();
  EXPECT_FALSE(Listing::make(base, "^\\.\\./"));
  EXPECT_FALSE(Listing::make(base, "^a\\\\b/"));
}

TEST(GithubReleases, TheListLeadsToThePagesOfReleasesAndToFurtherPages) {
  const auto all = listing_for("prometheus/node_exporter/.*linux-amd64", "https://github.com");
  EXPECT_EQ(all.first_page().encoded, "prometheus/node_exporter/releases");
  const auto from = [&all](std::string_view href) {
    return step(all, "prometheus/node_exporter/releases", href);
  };
  const std::string files = "page prometheus/node_exporter/releases/expanded_assets/";
  EXPECT_EQ(from("/prometheus/node_exporter/releases/tag/v1.8.2"), files + "v1.8.2");
  EXPECT_EQ(from("/prometheus/node_exporter/releases/tag/cli%2Fv1"), files + "cli%2Fv1");
  EXPECT_EQ(from("https://github.com/prometheus/node_exporter/releases/expanded_assets/v1"), files + "v1");
  EXPECT_EQ(from("/prometheus/node_exporter/releases?page=2"),
            "page prometheus/node_exporter/releases?page=2");
  for (const auto* href :
       {"/prometheus/node_exporter/releases", "/prometheus/node_exporter/releases?q=x",
        "/prometheus/node_exporter/releases?page=x", "/prometheus/node_exporter/releases?page=12345",
        "/prometheus/node_exporter/releases/tag/", "/prometheus/prometheus/releases/tag/v1",
        "/prometheus/node_exporter/tags", "/login", "/prometheus/node_exporter/releases/tag/v1?x=y",
        "https://evil.test/prometheus/node_exporter/releases/tag/v1"}) {
    EXPECT_EQ(from(href), "") << href;
  }
}

TEST(GithubReleases, FilesAndArchivesOfAReleaseAreArtifacts) {
  const auto all = listing_for("^o/p/", "https://github.com/");
  const auto from = [&all](std::string_view href) {
    return step(all, "o/p/releases/expanded_assets/v1", href);
  };
  EXPECT_EQ(from("/o/p/releases/download/v1/a.tar.gz"), "artifact o/p/releases/download/v1/a.tar.gz");
  EXPECT_EQ(from("/o/p/archive/refs/tags/v1.tar.gz"), "artifact o/p/archive/refs/tags/v1.tar.gz");
  EXPECT_EQ(from("/o/q/releases/download/v1/a.tar.gz"), "");
  EXPECT_EQ(from("/o/p/releases/download/../../../../x"), "");
}

TEST(GithubReleases, ANamedReleaseNeedsNoList) {
  const auto one = listing_for("^o/p/releases/download/v1\\.8/.*amd64", "https://github.com");
  EXPECT_EQ(one.first_page().encoded, "o/p/releases/expanded_assets/v1.8");
  const auto some = listing_for("^o/p/releases/download/v1\\.", "https://github.com");
  EXPECT_EQ(some.first_page().encoded, "o/p/releases");
  EXPECT_EQ(step(some, "o/p/releases", "/o/p/releases/tag/v1.9"), "page o/p/releases/expanded_assets/v1.9");
  EXPECT_EQ(step(some, "o/p/releases", "/o/p/releases/tag/v2.0"), "");
  EXPECT_EQ(step(some, "o/p/releases", "/o/p/releases/tag/v1"), "");
}

TEST(GithubReleases, TheBaseMayNameOwnerAndProject) {
  const auto of_project = listing_for("amd64", "https://github.com/o/p");
  EXPECT_EQ(of_project.first_page().encoded, "releases");
  EXPECT_EQ(step(of_project, "releases", "/o/p/releases/tag/v1"), "page releases/expanded_assets/v1");
  const auto of_owner = listing_for("^p/.*amd64", "https://github.com/o/");
  EXPECT_EQ(of_owner.first_page().encoded, "p/releases");
  EXPECT_EQ(step(of_owner, "p/releases", "/o/p/releases/download/v1/a"), "artifact p/releases/download/v1/a");
}

TEST(GithubReleases, APatternWithoutAProjectIsRefused) {
  for (const auto* pattern : {"amd64", "o/p.*", "^o/", ".*o/p/", "^o/p", "^\\./p/", "a/b/|c"}) {
    EXPECT_FALSE(Listing::make(http::parse_url("https://github.com").value(), pattern)) << pattern;
  }
  EXPECT_FALSE(Listing::make(http::parse_url("https://github.com/o/p/releases/download").value(), "v1"));
}

}  // namespace
}  // namespace artifactapi::formats
