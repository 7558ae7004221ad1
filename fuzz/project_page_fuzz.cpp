// A project's page of any form: what is made of it is a page again with the same files, and whatever it says,
// links lead through us or stay, and a promise has a digest of the right length.
#include "formats/pypi/file_promise.h"
#include "formats/pypi/page_rendition.h"
#include "formats/pypi/project_index.h"
#include "http/path.h"
#include "http/url.h"
#include "require.h"

#include <boost/json.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using namespace artifactapi;
using formats::RenditionAsked;

namespace {

class Text : public formats::RenditionSink {
 public:
  void write(std::string_view piece) override { text += piece; }
  std::string text;
};

std::size_t digest_bytes(formats::DigestAlgorithm algorithm) {
  switch (algorithm) {
    case formats::DigestAlgorithm::Sha1: return 20;
    case formats::DigestAlgorithm::Sha256: return 32;
    case formats::DigestAlgorithm::Sha384: return 48;
    case formats::DigestAlgorithm::Sha512: return 64;
  }
  return 0;
}

void check_files(const RenditionAsked& page) {
  const auto named = formats::pypi::read_project(page, "simple/demo/", "");
  if (!named) return;
  std::size_t looked_up = 0;
  for (const auto& path : named->artifacts) {
    const auto canonical = http::canonicalise(path);
    FUZZ_REQUIRE(canonical);
    if (++looked_up > 16) continue;
    const auto promise = formats::pypi::find_promise(page, path);
    FUZZ_REQUIRE(promise && http::parse_url(promise->url));
    FUZZ_REQUIRE(promise->digest.empty() || promise->digest.size() == digest_bytes(promise->algorithm));
  }
}

void check_page(std::string_view input, std::string_view type, const http::Url& url, const http::Url& base) {
  RenditionAsked asked{input, type, url, base, "https://ours/api/v1/remote/r", "json"};
  Text made;
  if (formats::pypi::render_page(asked, made)) {
    boost::system::error_code broken;
    boost::json::parse_options deep;
    deep.max_depth = 64;
    const auto value = boost::json::parse(made.text, broken, {}, deep);
    FUZZ_REQUIRE(!broken && value.is_object() && value.get_object().contains("files"));
  }
  asked.form = "html";
  Text html;
  if (formats::pypi::render_page(asked, html)) FUZZ_REQUIRE(html.text.ends_with("</body>\n</html>\n"));
  check_files(asked);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  const auto url = http::parse_url("https://pypi.org/simple/demo/").value();
  const auto base = http::parse_url("https://files.pythonhosted.org").value();
  check_page(input, "application/vnd.pypi.simple.v1+json", url, base);
  check_page(input, "text/html", url, base);
  Text older;
  const RenditionAsked asked{input, "application/json", url, base, "https://ours/r", ""};
  static_cast<void>(formats::pypi::render_project_json(asked, older));
  return 0;
}
