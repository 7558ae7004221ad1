// Upstream's Link: what is made of it is one valid field value that leads to our own list.
#include "formats/docker/link.h"
#include "http/headers.h"
#include "http/query.h"
#include "require.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

using namespace artifactapi;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  const auto query = formats::docker::next_query(input);
  const auto canonical = http::canonical_query(query);
  FUZZ_REQUIRE(canonical && *canonical == query);
  FUZZ_REQUIRE(query.find_first_of("<> \"") == std::string::npos);
  const auto link = formats::docker::next_page(input, "/v2/hub/x/tags/list?n=1&ns=registry.test");
  FUZZ_REQUIRE(link.empty() == query.empty() && http::valid_value(link));
  FUZZ_REQUIRE(link.empty() || link.starts_with("</v2/hub/x/tags/list?"));
  return 0;
}
