// Whatever Range holds, the ranges to send lie inside the representation and no byte is sent twice.
#include "http/range.h"
#include "http/upstream_response.h"
#include "require.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

using namespace artifactapi;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  std::uint64_t length = 0;
  const std::size_t used = std::min(size, sizeof length);
  if (used > 0) std::memcpy(&length, bytes, used);
  const std::string_view value(reinterpret_cast<const char*>(bytes) + used, size - used);
  (void)http::parse_content_range(value);

  const auto set = http::parse_range(value);
  if (!set) return 0;
  FUZZ_REQUIRE(!set->specs.empty() && set->specs.size() <= http::kMaxRangeSpecs);
  for (const std::uint64_t of : {length, length % 64}) {
    const auto resolved = http::resolve_ranges(*set, of);
    const auto* ranges = std::get_if<std::vector<http::ByteRange>>(&resolved);
    if (ranges == nullptr) continue;
    FUZZ_REQUIRE(!ranges->empty() && ranges->size() <= set->specs.size());
    auto sorted = *ranges;
    std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (std::size_t i = 0; i < sorted.size(); ++i) {
      FUZZ_REQUIRE(sorted[i].first <= sorted[i].last && sorted[i].last < of);
      FUZZ_REQUIRE(i == 0 || sorted[i - 1].last < sorted[i].first);
      const auto told = http::parse_content_range(http::content_range(sorted[i], of));
      FUZZ_REQUIRE(told && told->first == sorted[i].first && told->last == sorted[i].last &&
                   told->size == of);
    }
  }
  return 0;
}
