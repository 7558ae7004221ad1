// However the bytes of a response are cut, the same head and body are found in them, or neither.
#include "require.h"
#include "transport/body_framing.h"
#include "transport/plain/body_reader.h"
#include "transport/plain/head_reader.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using namespace artifactapi::transport;

namespace {

struct Outcome {
  int status = 0;
  std::string body;
  std::size_t used = 0;
  bool whole = false;
  bool failed = false;
};

void read_body(std::string_view input, std::size_t piece, BodyReader body, Outcome& out) {
  while (!body.ended() && out.used < input.size()) {
    const auto used = body.feed(input.substr(out.used, piece), out.body);
    if (!used) {
      out.failed = true;
      return;
    }
    FUZZ_REQUIRE(*used > 0);
    out.used += *used;
  }
  out.whole = body.end_of_connection().has_value();
}

Outcome read(std::string_view input, std::size_t piece) {
  Outcome out;
  HeadReader reader;
  while (!reader.head().complete() && out.used < input.size()) {
    const auto used = reader.feed(input.substr(out.used, piece));
    if (!used) {
      out.failed = true;
      return out;
    }
    FUZZ_REQUIRE(*used > 0);
    out.used += *used;
  }
  const auto& head = reader.head();
  if (!head.complete()) return out;
  out.status = head.status();
  const auto framing = framing_of("GET", head.status(), head.is_http_1_0(), head.headers());
  out.failed = !framing.has_value();
  if (framing) read_body(input, piece, BodyReader(*framing), out);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  const Outcome whole = read(input, std::max<std::size_t>(size, 1));
  FUZZ_REQUIRE(whole.body.size() <= size);
  for (const std::size_t piece : {1UL, 2UL, 7UL}) {
    const Outcome cut = read(input, piece);
    FUZZ_REQUIRE(cut.failed == whole.failed && cut.whole == whole.whole && cut.status == whole.status);
    FUZZ_REQUIRE(cut.failed || (cut.body == whole.body && cut.used == whole.used));
  }
  return 0;
}
