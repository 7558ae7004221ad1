// Paths of the distribution API: what is taken has a name and a reference of the grammar, and asks upstream
// below its own API only.
#include "formats/docker/docker.h"
#include "formats/docker/resource.h"
#include "formats/plan.h"
#include "http/path.h"
#include "require.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

using namespace artifactapi;
using formats::docker::Resource;

namespace {

formats::Planner planner_for(const char* base) {
  return formats::Planner::make(formats::kDocker, {}, {}, {}, http::parse_url(base).value()).value();
}

void check(const formats::Planner& planner, const http::CanonicalPath& path, std::string_view accept) {
  const auto plan = planner.plan(path, accept);
  if (plan.access != formats::Access::Allowed) return;
  FUZZ_REQUIRE(plan.target.starts_with("v2/") && !plan.key.empty() && !plan.scope.empty());
  FUZZ_REQUIRE(plan.target.find("..") == std::string::npos || path.encoded.find("..") != std::string::npos);
  FUZZ_REQUIRE(http::canonicalise(plan.target));
  FUZZ_REQUIRE(plan.key.find('#') == std::string::npos);
  FUZZ_REQUIRE(plan.promised.has_value() == (plan.mutability == formats::Mutability::Immutable));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  const auto resource = formats::docker::parse_resource(input);
  if (!resource.name.empty() && resource.kind != Resource::Kind::BadName) {
    FUZZ_REQUIRE(resource.name.size() <= formats::docker::kMostNameBytes);
    FUZZ_REQUIRE(formats::docker::valid_name(resource.name));
  }
  if (resource.kind == Resource::Kind::Tag) FUZZ_REQUIRE(formats::docker::valid_tag(resource.reference));
  if (resource.kind == Resource::Kind::Blob) FUZZ_REQUIRE(resource.reference.size() == 71);
  const auto path = http::canonicalise(input);
  if (!path) return 0;
  static const auto kHub = planner_for("https://registry-1.docker.io");
  static const auto kOther = planner_for("https://registry.test/below");
  check(kHub, *path, {});
  check(kOther, *path, input);
  const formats::Candidate candidates[] = {{"hub", http::parse_url("https://docker.io").value(), &kHub},
                                           {"other", {}, &kOther, true, true, true}};
  const auto resolved = formats::docker::resolve(*path, candidates);
  FUZZ_REQUIRE(resolved.kind != formats::Resolved::Kind::Place || resolved.at < 2);
  return 0;
}
