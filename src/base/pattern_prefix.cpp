#include "base/pattern_prefix.h"

#include <algorithm>
#include <cstddef>

namespace artifactapi {

namespace {

constexpr std::string_view kSpecial = ".[]({*+?|$^)}";

bool is_word(char byte) {
  return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
}

// The place of the ']' that ends the class begun at `at`.
std::size_t class_end(std::string_view source, std::size_t at) {
  ++at;
  if (at < source.size() && source[at] == '^') ++at;
  for (bool first = true; at < source.size(); ++at, first = false) {
    if (source[at] == '\\') {
      ++at;
    } else if (source.substr(at, 2) == "[:") {
      at = std::min(source.find(":]", at), source.size() - 2) + 1;
    } else if (source[at] == ']' && !first) {
      break;
    }
  }
  return at;
}

// Whether a '|' may stand outside of all groups; in doubt it may.
bool may_have_alternatives(std::string_view source) {
  if (source.find("(?#") != std::string_view::npos) return true;
  int depth = 0;
  for (std::size_t at = 0; at < source.size(); ++at) {
    switch (source[at]) {
      case '\\': ++at; break;
      case '[': at = class_end(source, at); break;
      case '(': ++depth; break;
      case ')': --depth; break;
      case '|':
        if (depth <= 0) return true;
        break;
      default: break;
    }
  }
  return false;
}

// A quantifier belongs to the last character only, and a character may have several bytes.
void drop_last_character(std::string& text) {
  while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0) == 0x80) text.pop_back();
  if (!text.empty()) text.pop_back();
}

}  // namespace

PatternPrefix pattern_prefix(std::string_view source) {
  PatternPrefix prefix;
  if (may_have_alternatives(source)) return prefix;
  prefix.anchored = source.starts_with('^');
  std::size_t at = prefix.anchored ? 1 : 0;
  while (at < source.size()) {
    char byte = source[at];
    if (byte == '\\') {
      const bool literal = at + 1 < source.size() && !is_word(source[at + 1]) && source[at + 1] != '_';
      if (!literal) break;
      byte = source[++at];
    } else if (kSpecial.find(byte) != std::string_view::npos) {
      break;
    }
    prefix.text += byte;
    ++at;
  }
  const bool optional = at < source.size() && (source[at] == '*' || source[at] == '?' || source[at] == '{');
  if (optional) drop_last_character(prefix.text);
  return prefix;
}

}  // namespace artifactapi
