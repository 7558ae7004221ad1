// The canonical path is a fixed point, names no other directory, and its two forms agree.
#include "http/characters.h"
#include "http/path.h"
#include "http/percent.h"
#include "http/utf8.h"
#include "require.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using namespace artifactapi;

namespace {

bool is_wire_text(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return http::is_path_character(c) || c == '/' || c == '?' || c == '%'; });
}

void check_segments(std::string_view decoded) {
  while (true) {
    const std::size_t slash = std::min(decoded.find('/'), decoded.find("%2F"));
    const std::string_view segment = decoded.substr(0, slash);
    FUZZ_REQUIRE(segment != "." && segment != "..");
    if (slash == std::string_view::npos) return;
    decoded.remove_prefix(slash + (decoded[slash] == '/' ? 1 : 3));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  const auto path = http::canonicalise(input);
  if (!path) return 0;
  FUZZ_REQUIRE(is_wire_text(path->encoded) && path->encoded.find('?') == std::string::npos);
  FUZZ_REQUIRE(is_wire_text(path->query));
  FUZZ_REQUIRE(http::is_utf8(path->decoded));
  FUZZ_REQUIRE(std::none_of(path->decoded.begin(), path->decoded.end(), http::is_control));
  FUZZ_REQUIRE(path->decoded.find('\\') == std::string::npos);
  check_segments(path->decoded);

  const auto again = http::canonicalise(path->has_query ? path->encoded + '?' + path->query : path->encoded);
  FUZZ_REQUIRE(again && again->encoded == path->encoded && again->decoded == path->decoded);
  FUZZ_REQUIRE(again->query == path->query && again->has_query == path->has_query);

  const http::QueryRule rule{http::QueryRule::Kind::Names, {"a", "last"}};
  const std::string filtered = http::filter_query(path->query, rule);
  FUZZ_REQUIRE(filtered.size() <= path->query.size() && http::filter_query(filtered, rule) == filtered);
  (void)http::query_parameter(path->query, "a");
  FUZZ_REQUIRE(http::percent_decode(http::percent_encode(input)) == input);
  return 0;
}
