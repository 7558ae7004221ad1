// Index pages: it does not matter how the bytes are cut, and whatever a page says, what is followed or
// fetched lies below the base.
#include "formats/html_links.h"
#include "formats/listing.h"
#include "http/path.h"
#include "require.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

using namespace artifactapi;

namespace {

std::vector<std::string> links_of(std::string_view page, std::size_t step) {
  std::vector<std::string> found;
  formats::HtmlLinks reader;
  auto take = [&found](std::string_view href) {
    FUZZ_REQUIRE(href.size() <= 3 * formats::HtmlLinks::kMaxHref);
    found.emplace_back(href);
    return true;
  };
  for (std::size_t at = 0; at < page.size(); at += step) {
    const bool went_on = reader.feed(page.substr(at, step), take);
    FUZZ_REQUIRE(went_on);
  }
  return found;
}

void check(const formats::Listing& listing, const http::CanonicalPath& page, std::string_view href) {
  const auto step = listing.step(page, href);
  if (step.kind == formats::Step::Kind::Ignored) return;
  const auto target = step.path.has_query ? step.path.encoded + "?" + step.path.query : step.path.encoded;
  const auto again = http::canonicalise(target);
  FUZZ_REQUIRE(again && again->encoded == step.path.encoded && again->query == step.path.query);
  const std::string framed = "/" + step.path.decoded + "/";
  FUZZ_REQUIRE(framed.find("/../") == std::string::npos && framed.find("/./") == std::string::npos);
}

formats::Listing listing_for(const char* base, const char* pattern) {
  return formats::Listing::make(http::parse_url(base).value(), pattern).value();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view page(reinterpret_cast<const char*>(bytes), size);
  const auto links = links_of(page, size + 1);
  FUZZ_REQUIRE(links == links_of(page, 1));
  FUZZ_REQUIRE(links == links_of(page, 7));
  static const auto kDirectory = listing_for("https://user:secret@files.test/tree", "^pool/.*deb$");
  static const auto kReleases = listing_for("https://github.com", "owner/tool/");
  static const auto kInDirectory = http::canonicalise("pool/h/").value();
  for (const auto& href : links) {
    check(kDirectory, kDirectory.first_page(), href);
    check(kDirectory, kInDirectory, href);
    check(kReleases, kReleases.first_page(), href);
  }
  return 0;
}
