// A registry's list of tags: whatever it says, what is found are manifests of the same image.
#include "formats/docker/tag_list.h"
#include "http/path.h"
#include "require.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

using namespace artifactapi;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  const auto url = http::parse_url("https://registry.example/").value();
  const auto named =
      formats::docker::read_tag_list({input, "", url, url, {}, {}}, "team/app/tags/list", input);
  if (!named) return 0;
  for (const auto& path : named->artifacts) {
    FUZZ_REQUIRE(path.starts_with("team/app/manifests/"));
    const auto canonical = http::canonicalise(path);
    FUZZ_REQUIRE(canonical && canonical->encoded == path && canonical->decoded == path);
  }
  FUZZ_REQUIRE(named->next.empty() || named->next.starts_with("team/app/tags/list?"));
  return 0;
}
