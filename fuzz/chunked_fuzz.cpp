// However a chunked body is cut, it decodes to the same bytes or fails; it never grows over its limit.
#include "http/chunked_decoder.h"
#include "require.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using namespace artifactapi;

namespace {

constexpr std::uint64_t kLimit = 4096;

struct Outcome {
  std::string body;
  std::size_t used = 0;
  bool done = false;
  bool failed = false;
};

Outcome decode(std::string_view input, std::size_t piece) {
  http::ChunkedDecoder decoder(kLimit);
  Outcome out;
  while (out.used < input.size() && !decoder.done()) {
    const auto used = decoder.feed(input.substr(out.used, piece), out.body);
    if (!used) {
      out.failed = true;
      break;
    }
    FUZZ_REQUIRE(*used > 0);
    out.used += *used;
  }
  out.done = decoder.done();
  FUZZ_REQUIRE(out.body.size() <= kLimit && decoder.received() == out.body.size());
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  const Outcome whole = decode(input, std::max<std::size_t>(size, 1));
  for (const std::size_t piece : {1UL, 2UL, 7UL}) {
    const Outcome cut = decode(input, piece);
    FUZZ_REQUIRE(cut.failed == whole.failed && cut.done == whole.done);
    FUZZ_REQUIRE(cut.failed || (cut.body == whole.body && cut.used == whole.used));
  }
  FUZZ_REQUIRE(!whole.done || input.substr(0, whole.used).ends_with("\r\n"));
  return 0;
}
