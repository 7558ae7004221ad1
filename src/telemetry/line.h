// How one log line is spelled: text for people, JSON for machines. Pure.
#pragma once

#include "telemetry/field.h"

#include <initializer_list>
#include <string>
#include <string_view>

namespace artifactapi::telemetry {

struct AccessRecord;

// Where and when; the same for every kind of line.
struct LineHead {
  std::string_view time;   // ISO 8601, UTC
  std::string_view level;  // "debug", "info", "warning", "error"
};

// Each appends one whole line with its line feed. Control characters come out escaped, bytes that are not
// UTF-8 as U+FFFD (JSON) or \xHH (text), so that the output is always printable and one line.
void append_json_line(std::string& out, const LineHead& head, std::string_view message,
                      std::initializer_list<Field> fields);
void append_text_line(std::string& out, const LineHead& head, std::string_view message,
                      std::initializer_list<Field> fields);
void append_json_access(std::string& out, const LineHead& head, const AccessRecord& record);
void append_text_access(std::string& out, const LineHead& head, const AccessRecord& record);

}  // namespace artifactapi::telemetry
