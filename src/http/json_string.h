// JSON string literals for answers that are put together by hand.
#pragma once

#include <string>
#include <string_view>

namespace artifactapi::http {

// Appends `text` in quotes: quote, backslash and control characters escaped, each byte that is not part of
// UTF-8 replaced by U+FFFD, U+2028 and U+2029 escaped. Always valid JSON.
void append_json_string(std::string& out, std::string_view text);

}  // namespace artifactapi::http
