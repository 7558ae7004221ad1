// Accept as clients of registries send it: normalising is a fixed point, and what it asks for it also takes.
#include "formats/docker/accept.h"
#include "require.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

using namespace artifactapi::formats;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  const auto types = docker::ManifestTypes::of_accept(input);
  const auto again = docker::ManifestTypes::of_accept(types.accept());
  FUZZ_REQUIRE(again.accept() == types.accept() && again.label() == types.label());
  FUZZ_REQUIRE(types.is_anything() == types.accept().empty());
  FUZZ_REQUIRE(types.label().find_first_of("/?#% ") == std::string::npos);
  FUZZ_REQUIRE(docker::suits({}, input));
  (void)docker::suits(input, input);
  return 0;
}
