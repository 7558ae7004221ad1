// What a regular expression says about the beginning of the texts it matches.
#pragma once

#include <string>
#include <string_view>

namespace artifactapi {

struct PatternPrefix {
  bool anchored = false;  // it begins with '^'
  // Anchored: every match begins with this. Else: it is what the match itself begins with. May be empty.
  std::string text;
};

// `source`: of a pattern that compiles (base/pattern.h). Reads what is certain at a glance and no more.
[[nodiscard]] PatternPrefix pattern_prefix(std::string_view source);

}  // namespace artifactapi
