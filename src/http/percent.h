// Percent-encoding of single bytes (RFC 3986 2.1).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace artifactapi::http {

// Appends %XX with upper-case digits.
void append_percent_encoded(std::string& out, char byte);

// The byte of the escape at text[at], which must be '%'; nullopt when two hexadecimal digits do not follow.
std::optional<char> escaped_byte(std::string_view text, std::size_t at);

// Decoded once; nullopt when an escape is malformed. The result may hold any byte: the caller judges it.
std::optional<std::string> percent_decode(std::string_view text);

// Unreserved characters raw, all others %XX: safe as one path segment or one query value.
std::string percent_encode(std::string_view text);

}  // namespace artifactapi::http
