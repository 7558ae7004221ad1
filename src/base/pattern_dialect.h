// Python's regular expression text to PCRE2's, for the places where the two read the same text differently.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace artifactapi {

struct PatternText {
  std::string text;                   // what PCRE2 is to compile
  std::vector<std::uint32_t> origin;  // for every byte of text, and its end, the offset in the source
};

// Pure. Invalid, naming the offset, for what Python refuses and PCRE2 would take: `(*VERB)`, unknown escapes.
[[nodiscard]] Result<PatternText> translate_pattern(std::string_view source);

}  // namespace artifactapi
