// A package's document of a registry: what is made of it differs from it in links alone and is made the same
// again, each link leads through us to a path that a request can have, and what a document promises of that
// file is the digest that a client reads beside the link.
#include "formats/npm/integrity.h"
#include "formats/npm/layout.h"
#include "formats/npm/package_document.h"
#include "formats/npm/package_index.h"
#include "formats/npm/tarball_promise.h"
#include "http/path.h"
#include "http/url.h"
#include "require.h"

#include <boost/json.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using namespace artifactapi;
using formats::RenditionAsked;

namespace {

namespace json = boost::json;

constexpr std::string_view kUs = "http://us/api/v1/remote/npm/";
constexpr std::size_t kMostLookedUp = 16;

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

std::string text_of(const json::object& object, std::string_view name) {
  const auto* const found = object.if_contains(name);
  return found != nullptr && found->is_string() ? std::string(std::string_view(found->get_string()))
                                                : std::string();
}

// What is asked for a link of the rendition; empty: it does not lead through us.
std::string key_of(const std::string& link, const http::Url& base) {
  if (!link.starts_with(kUs)) return {};
  const auto path =
      http::canonicalise(std::string_view(link).substr(kUs.size(), link.find('#') - kUs.size()));
  FUZZ_REQUIRE(path);
  formats::Plan plan;
  formats::npm::lay_out({.path = *path, .accept = {}, .base = base, .guarded = true}, plan);
  // Only what tells of a package is a file of it.
  return plan.find_promise == nullptr ? std::string() : plan.key;
}

void check_version(const RenditionAsked& asked, const json::value& version) {
  const auto* const dist = version.is_object() ? version.get_object().if_contains("dist") : nullptr;
  if (dist == nullptr || !dist->is_object()) return;
  const auto key = key_of(text_of(dist->get_object(), "tarball"), asked.base);
  if (key.empty()) return;
  const auto promise = formats::npm::find_promise(asked, key);
  FUZZ_REQUIRE(promise && http::parse_url(promise->url));
  FUZZ_REQUIRE(promise->digest.empty() || promise->digest.size() == digest_bytes(promise->algorithm));
}

// As a client reads it; of JSON that no client would read nothing is demanded.
void check_promises(const RenditionAsked& asked, std::string_view made) {
  boost::system::error_code broken;
  json::parse_options deep;
  deep.max_depth = 64;
  const auto document = json::parse(made, broken, {}, deep);
  if (broken) return;
  FUZZ_REQUIRE(document.is_object());
  const auto* const versions = document.get_object().if_contains("versions");
  if (versions == nullptr || !versions->is_object()) return;
  std::size_t looked_up = 0;
  for (const auto& [name, version] : versions->get_object()) {
    if (++looked_up > kMostLookedUp) break;
    check_version(asked, version);
  }
}

// Takes a string off, with the quote at its end; what is taken begins behind the first one.
std::string_view take_string(std::string_view& text) {
  std::size_t end = 0;
  while (end < text.size() && text[end] != '"') end += text[end] == '\\' ? 2 : 1;
  FUZZ_REQUIRE(end < text.size());
  const auto taken = text.substr(0, end);
  text.remove_prefix(end + 1);
  return taken;
}

// Whatever differs is a string, and one that leads through us.
void check_same_but_links(std::string_view before, std::string_view after) {
  while (true) {
    const auto differ = std::ranges::mismatch(before, after);
    if (differ.in1 == before.end() && differ.in2 == after.end()) return;
    const auto at = static_cast<std::size_t>(differ.in2 - after.begin());
    FUZZ_REQUIRE(at > 0);
    const auto quote = after.rfind('"', at - 1);
    FUZZ_REQUIRE(quote != std::string_view::npos);
    before.remove_prefix(quote + 1);
    after.remove_prefix(quote + 1);
    FUZZ_REQUIRE(take_string(after).starts_with(kUs));
    take_string(before);
  }
}

void check(std::string_view input, const http::Url& base, std::string_view path) {
  auto url = base;
  url.path = path;
  const RenditionAsked asked{input, "application/json", url, base, kUs.substr(0, kUs.size() - 1), ""};
  Text made;
  Text again;
  const auto done = formats::npm::render_package(asked, made);
  FUZZ_REQUIRE(done.has_value() == formats::npm::render_package(asked, again).has_value());
  if (done) {
    FUZZ_REQUIRE(made.text == again.text);
    check_same_but_links(input, made.text);
    check_promises(asked, made.text);
  }
  Text version;
  static_cast<void>(formats::npm::render_version(asked, version));
  const auto named = formats::npm::read_tarballs(asked, "demo", "");
  if (!named) return;
  for (const auto& artifact : named->artifacts) FUZZ_REQUIRE(http::canonicalise(artifact));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  check(input, http::parse_url("https://registry.npmjs.org").value(), "/demo");
  check(input, http::parse_url("http://127.0.0.1:4873/repo/").value(), "/repo/@scope%2fname");
  static_cast<void>(formats::npm::promised_digest(input, input));
  return 0;
}
