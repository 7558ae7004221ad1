// Accept-Encoding from anybody: who says that gzip will not do never gets it, whatever else stands there.
#include "http/accept_encoding.h"
#include "require.h"

#include <cstddef>
#include <cstdint>
#include <string>

using namespace artifactapi;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string input(reinterpret_cast<const char*>(bytes), size);
  const bool welcome = http::accepts_gzip(input);
  FUZZ_REQUIRE(!http::accepts_gzip(input + ",gzip;q=0"));
  FUZZ_REQUIRE(!welcome || input.find_first_of("*zZ") != std::string::npos);
  return 0;
}
