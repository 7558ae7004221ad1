// What a client asks an npm registry for: whatever the path, it has one key in every spelling of a scope,
// asks upstream for a path that means the same, and is read again as it was read. The first line is the path
// with its query, the second one the Accept field.
#include "formats/npm/layout.h"
#include "formats/npm/resource.h"
#include "formats/npm/tarball_link.h"
#include "http/path.h"
#include "http/url.h"
#include "require.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using namespace artifactapi;
using formats::Access;
using formats::Plan;
using formats::npm::Resource;

namespace {

const http::Url& base() {
  static const auto kBase = http::parse_url("https://registry.test/repo").value();
  return kBase;
}

Plan plan_of(const http::CanonicalPath& path, std::string_view accept,
             http::Method method = http::Method::Get) {
  Plan plan;
  formats::npm::lay_out({.path = path, .accept = accept, .base = base(), .guarded = true, .method = method},
                        plan);
  return plan;
}

void check_resource(const http::CanonicalPath& path) {
  const auto found = formats::npm::parse_resource(path);
  FUZZ_REQUIRE(found.packages.size() <= formats::npm::kMostPackages);
  for (const auto& package : found.packages) FUZZ_REQUIRE(formats::npm::is_package_name(package));
  const auto spelled = http::canonicalise(found.path.encoded);
  FUZZ_REQUIRE(spelled && spelled->encoded == found.path.encoded && spelled->decoded == found.path.decoded);
  if (found.kind == Resource::Kind::BadName) return;
  for (const auto& same : {found.path.encoded, found.target}) {
    const auto again = http::canonicalise(same);
    FUZZ_REQUIRE(again);
    if (same.empty()) continue;
    const auto read = formats::npm::parse_resource(*again);
    FUZZ_REQUIRE(read.kind == found.kind && read.path.encoded == found.path.encoded);
    FUZZ_REQUIRE(read.packages == found.packages);
  }
}

void check_plan(const http::CanonicalPath& path, const Plan& plan) {
  FUZZ_REQUIRE(!plan.forward);
  if (plan.access == Access::NoSuchPath) return;
  const auto key = std::string_view(plan.key).substr(0, plan.key.find('#'));
  FUZZ_REQUIRE(http::canonicalise(key) && http::canonicalise(plan.asked().substr(0, plan.asked().find('#'))));
  FUZZ_REQUIRE(http::canonicalise(key)->encoded == key.substr(0, key.find('?')));
  for (const auto& at : plan.promised_by) FUZZ_REQUIRE(http::parse_url(at.absolute));
  // Who may have a tarball is for patterns to say, and nobody has another thing in its name.
  const bool is_file = plan.mutability == formats::Mutability::Immutable;
  FUZZ_REQUIRE(is_file == (plan.access == Access::Forbidden));
  // What is not known is handed through as it is spelled.
  if (formats::npm::parse_resource(path).kind == Resource::Kind::Other) return;
  auto plain = path;
  plain.encoded = formats::npm::plain_spelling(path.encoded);
  FUZZ_REQUIRE(plan_of(plain, {}).key == plan_of(path, {}).key);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  const auto line = input.find('\n');
  const auto accept = line == std::string_view::npos ? std::string_view() : input.substr(line + 1);
  const auto path = http::canonicalise(input.substr(0, line));
  if (!path) return 0;
  check_resource(*path);
  check_plan(*path, plan_of(*path, accept));
  const auto post = plan_of(*path, accept, http::Method::Post);
  FUZZ_REQUIRE(post.forward == (post.access == Access::Allowed));
  return 0;
}
