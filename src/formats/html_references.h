// Character references in HTML: reading those that URLs and attributes are written with, and writing text.
#pragma once

#include <string>
#include <string_view>

namespace artifactapi::formats {

// The five named references that XML has too, and all numeric ones, become the characters they stand for
// (UTF-8); others stay as they are.
[[nodiscard]] std::string decode_references(std::string_view text);

// Appends `text` so that it may stand between tags and in a value in double quotes.
void append_html(std::string& out, std::string_view text);

}  // namespace artifactapi::formats
