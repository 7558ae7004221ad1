// UTF-8 as in RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <cstddef>
#include <string_view>

namespace artifactapi::http {

// The length (1 to 4) of the well-formed sequence at the front of `text`; 0 when there is none.
std::size_t utf8_sequence(std::string_view text);

bool is_utf8(std::string_view text);

}  // namespace artifactapi::http
