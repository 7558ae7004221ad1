// Archives that only look like wheels: every range read lies within the file, and what is found is bounded.
#include "formats/pypi/wheel_metadata.h"
#include "formats/pypi/zip_member.h"
#include "require.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using namespace artifactapi;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  const auto read = [input](std::uint64_t offset, std::size_t count) -> Result<std::string> {
    FUZZ_REQUIRE(offset <= input.size() && count <= input.size() - offset);
    return std::string(input.substr(static_cast<std::size_t>(offset), count));
  };
  const auto found = formats::pypi::metadata_of_wheel({input.size(), read}, "demo-1.0-py3-none-any.whl");
  FUZZ_REQUIRE(!found || found->size() <= formats::pypi::kMostMemberBytes);
  return 0;
}
