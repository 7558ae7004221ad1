// Text from outside, made safe to print.
#pragma once

#include <string>
#include <string_view>

namespace artifactapi::telemetry {

// The inside of a JSON string: always valid JSON.
void append_json_escaped(std::string& out, std::string_view text);

// Printable UTF-8 stays; control characters, DEL, C1 controls, backslash and what is not UTF-8 become \xHH.
void append_printable(std::string& out, std::string_view text);

// As a value in a line of name=value pairs: quoted when it holds spaces, quotes, '=' or nothing.
void append_text_value(std::string& out, std::string_view text);

}  // namespace artifactapi::telemetry
