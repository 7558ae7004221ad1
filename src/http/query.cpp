#include "http/query.h"

#include "http/characters.h"
#include "http/percent.h"

#include <algorithm>
#include <cstddef>

namespace artifactapi::http {

Result<std::string> canonical_query(std::string_view query) {
  std::string out;
  out.reserve(query.size());
  for (std::size_t i = 0; i < query.size(); ++i) {
    const char c = query[i];
    if (c == '#' || is_control(c)) return fail(Code::Invalid, "forbidden character in query");
    if (c != '%') {
      if (is_path_character(c) || c == '/' || c == '?') {
        out += c;
      } else {
        append_percent_encoded(out, c);
      }
      continue;
    }
    const auto byte = escaped_byte(query, i);
    if (!byte) return fail(Code::Invalid, "malformed escape in query");
    if (is_control(*byte)) return fail(Code::Invalid, "control character in query");
    if (is_unreserved(*byte)) {
      out += *byte;
    } else {
      append_percent_encoded(out, *byte);
    }
    i += 2;
  }
  return out;
}

namespace {

struct Parameter {
  std::string_view name;
  std::string_view value;
};

Parameter parameter_of(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) return {text, {}};
  return {text.substr(0, equals), text.substr(equals + 1)};
}

// Cuts off what stands before the next '&'.
std::string_view next_parameter(std::string_view& rest) {
  const std::size_t end = rest.find('&');
  const std::string_view text = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return text;
}

std::optional<std::string> form_decode(std::string_view text) {
  std::string spaced(text);
  std::replace(spaced.begin(), spaced.end(), '+', ' ');
  return percent_decode(spaced);
}

bool is_listed(const std::vector<std::string>& names, std::string_view name) {
  const auto decoded = percent_decode(name);
  return decoded && std::find(names.begin(), names.end(), *decoded) != names.end();
}

}  // namespace

std::string filter_query(std::string_view query, const QueryRule& rule) {
  switch (rule.kind) {
    case QueryRule::Kind::Keep: return std::string(query);
    case QueryRule::Kind::Drop: return {};
    case QueryRule::Kind::Names: break;
  }
  std::string out;
  while (!query.empty()) {
    const std::string_view text = next_parameter(query);
    if (text.empty() || !is_listed(rule.names, parameter_of(text).name)) continue;
    if (!out.empty()) out += '&';
    out += text;
  }
  return out;
}

std::optional<std::string> query_parameter(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const Parameter parameter = parameter_of(next_parameter(query));
    if (form_decode(parameter.name) == name) return form_decode(parameter.value);
  }
  return std::nullopt;
}

}  // namespace artifactapi::http
