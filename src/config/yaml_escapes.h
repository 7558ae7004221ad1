// Repairs `"\.tgz$"`: in double quotes YAML refuses an escape it does not know, but people write regular
// expressions there. Such an escape stands for its two characters.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace artifactapi::config {

struct UnknownEscape {
  int line = 0;    // from 1
  int column = 0;  // from 1, in bytes, in the text as written
  char letter = 0;
};

struct RepairedText {
  std::string text;                    // one backslash longer per repair
  std::vector<UnknownEscape> repairs;  // in text order

  // The column in the text as written of a place in the repaired text. Both count from 1.
  [[nodiscard]] int original_column(int line, int column) const;
};

// Pure. Finds the double-quoted scalars by YAML's lexical rules: quotes in comments, plain, single-quoted and
// block scalars are left alone. Meant for a text the YAML parser has refused because of an escape.
[[nodiscard]] RepairedText repair_escapes(std::string_view text);

}  // namespace artifactapi::config
