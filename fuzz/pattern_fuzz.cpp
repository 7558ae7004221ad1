// Patterns: the first line is the pattern, the rest the subject. Any pair compiles and ends, or is refused.
#include "base/pattern.h"
#include "base/pattern_dialect.h"
#include "require.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto end = text.find('\n');
  const auto source = text.substr(0, end);
  const auto subject = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);

  if (const auto translated = artifactapi::translate_pattern(source)) {
    FUZZ_REQUIRE(translated->origin.size() == translated->text.size() + 1);
    FUZZ_REQUIRE(translated->origin.back() == source.size());
  }
  const auto pattern = artifactapi::Pattern::compile(source);
  if (!pattern) return 0;
  FUZZ_REQUIRE(pattern->source() == source);
  // The answer depends on nothing but the two.
  FUZZ_REQUIRE(pattern->search(subject) == pattern->search(subject));
  return 0;
}
