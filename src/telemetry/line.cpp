#include "telemetry/line.h"

#include "telemetry/escape.h"
#include "telemetry/log.h"

#include <fmt/format.h>

#include <cmath>
#include <iterator>
#include <type_traits>

namespace artifactapi::telemetry {

namespace {

template <class Number>
void append_number(std::string& out, Number number) {
  const fmt::format_int text(number);
  out.append(text.data(), text.size());
}

void append_double(std::string& out, double number) {
  if (std::isfinite(number)) {
    fmt::format_to(std::back_inserter(out), "{}", number);
  } else {
    out += "null";
  }
}

// Milliseconds with three decimals.
void append_milliseconds(std::string& out, std::chrono::microseconds duration) {
  const auto micros = static_cast<std::uint64_t>(duration.count() < 0 ? 0 : duration.count());
  append_number(out, micros / 1000);
  const auto rest = static_cast<unsigned>(micros % 1000);
  const char decimals[4] = {'.', static_cast<char>('0' + rest / 100), static_cast<char>('0' + rest / 10 % 10),
                            static_cast<char>('0' + rest % 10)};
  out.append(decimals, sizeof decimals);
}

void append_json_string(std::string& out, std::string_view name, std::string_view text) {
  out += ",\"";
  out += name;
  out += "\":\"";
  append_json_escaped(out, text);
  out += '"';
}

void append_json_field(std::string& out, const Field& field) {
  if (const auto* text = std::get_if<std::string_view>(&field.value)) {
    return append_json_string(out, field.name, *text);
  }
  out += ",\"";
  out += field.name;
  out += "\":";
  std::visit(
      [&](auto value) {
        using Value = decltype(value);
        if constexpr (std::is_same_v<Value, bool>) {
          out += value ? "true" : "false";
        } else if constexpr (std::is_same_v<Value, double>) {
          append_double(out, value);
        } else if constexpr (!std::is_same_v<Value, std::string_view>) {
          append_number(out, value);
        }
      },
      field.value);
}

void append_text_field(std::string& out, const Field& field) {
  out += ' ';
  out += field.name;
  out += '=';
  std::visit(
      [&](auto value) {
        using Value = decltype(value);
        if constexpr (std::is_same_v<Value, bool>) {
          out += value ? "true" : "false";
        } else if constexpr (std::is_same_v<Value, double>) {
          append_double(out, value);
        } else if constexpr (std::is_same_v<Value, std::string_view>) {
          append_text_value(out, value);
        } else {
          append_number(out, value);
        }
      },
      field.value);
}

void append_json_head(std::string& out, const LineHead& head, std::string_view message) {
  out += "{\"ts\":\"";
  out += head.time;
  out += "\",\"level\":\"";
  out += head.level;
  out += "\",\"msg\":\"";
  append_json_escaped(out, message);
  out += '"';
}

void append_text_head(std::string& out, const LineHead& head) {
  out += head.time;
  out += ' ';
  out += head.level;
  out += ' ';
}

}  // namespace

void append_json_line(std::string& out, const LineHead& head, std::string_view message,
                      std::initializer_list<Field> fields) {
  append_json_head(out, head, message);
  for (const Field& field : fields) append_json_field(out, field);
  out += "}\n";
}

void append_text_line(std::string& out, const LineHead& head, std::string_view message,
                      std::initializer_list<Field> fields) {
  append_text_head(out, head);
  append_printable(out, message);
  for (const Field& field : fields) append_text_field(out, field);
  out += '\n';
}

// Written for every request: constant text between two values is one piece.
void append_json_access(std::string& out, const LineHead& head, const AccessRecord& record) {
  const auto append_text = [&out](std::string_view opening, std::string_view text) {
    out += opening;
    append_json_escaped(out, text);
  };
  out += R"({"ts":")";
  out += head.time;
  out += R"(","level":")";
  out += head.level;
  append_text(R"(","msg":"request","method":")", record.method);
  append_text(R"(","target":")", record.target);
  out += R"(","status":)";
  append_number(out, record.status);
  out += R"(,"bytes":)";
  append_number(out, record.body_bytes);
  out += R"(,"ms":)";
  append_milliseconds(out, record.duration);
  append_text(R"(,"peer":")", record.peer_address);
  append_text(R"(","request_id":")", record.request_id);
  if (!record.cache.empty()) {
    out += R"(","cache":"Cache )";
    out += record.cache;
  }
  if (!record.remote.empty()) append_text(R"(","remote":")", record.remote);
  if (!record.path.empty()) append_text(R"(","path":")", record.path);
  out += record.complete ? std::string_view("\"}\n") : std::string_view("\",\"complete\":false}\n");
}

void append_text_access(std::string& out, const LineHead& head, const AccessRecord& record) {
  append_text_head(out, head);
  if (record.cache.empty()) {
    out += "request";
  } else {
    out += "Cache ";
    out += record.cache;
  }
  out += ' ';
  append_printable(out, record.method);
  out += ' ';
  append_printable(out, record.target);
  out += " status=";
  append_number(out, record.status);
  out += " bytes=";
  append_number(out, record.body_bytes);
  out += " ms=";
  append_milliseconds(out, record.duration);
  if (!record.remote.empty()) append_text_field(out, Field("remote", record.remote));
  if (!record.path.empty()) append_text_field(out, Field("path", record.path));
  append_text_field(out, Field("peer", record.peer_address));
  append_text_field(out, Field("request_id", record.request_id));
  if (!record.complete) out += " complete=false";
  out += '\n';
}

}  // namespace artifactapi::telemetry
