#include "config/value_reader.h"

#include "base/duration.h"
#include "config/suggestion.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <utility>

namespace artifactapi::config {
namespace {

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

bool is_name(std::string_view text) {
  const auto is_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !text.empty() && (text[0] < '0' || text[0] > '9') && std::ranges::all_of(text, is_word);
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  return out;
}

}  // namespace

void ValueReader::report(const YamlNode& at, Severity severity, std::string message, std::string hint) {
  findings_.push_back({file_name_, at.line, at.column, severity, std::move(message), std::move(hint)});
}
void ValueReader::error(const YamlNode& at, std::string message, std::string hint) {
  report(at, Severity::Error, std::move(message), std::move(hint));
}
void ValueReader::warning(const YamlNode& at, std::string message, std::string hint) {
  report(at, Severity::Warning, std::move(message), std::move(hint));
}

std::string ValueReader::quoted(const YamlNode& node) {
  constexpr std::size_t kLongest = 60;
  std::string shown = node.text.substr(0, kLongest);
  std::ranges::replace_if(shown, is_control, '?');
  return node.text.size() > kLongest ? fmt::format("\"{}...\"", shown) : fmt::format("\"{}\"", shown);
}

// Every missing variable is reported, not only the first.
std::optional<std::string> ValueReader::expanded(const YamlNode& node) {
  const std::string_view in = node.text;
  std::string out;
  bool complete = true;
  for (std::size_t i = 0; i < in.size();) {
    const bool escaped = in.substr(i).starts_with("$${");
    const auto open = i + (escaped ? 1 : 0);
    const auto close = in.substr(open).starts_with("${") ? in.find('}', open) : std::string_view::npos;
    const auto name = close == std::string_view::npos ? "" : in.substr(open + 2, close - open - 2);
    if (!is_name(name)) {
      out += in[i++];
      continue;
    }
    i = close + 1;
    if (escaped) {
      out += fmt::format("${{{}}}", name);
    } else if (const auto variable = environment_.find(name); variable != environment_.end()) {
      out += variable->second;
    } else {
      error(node, fmt::format("environment variable \"{}\" is not set", name));
      complete = false;
    }
  }
  while (out.ends_with('\n') || out.ends_with('\r')) out.pop_back();
  return complete ? std::optional(std::move(out)) : std::nullopt;
}

std::optional<std::string> ValueReader::text(const YamlNode& node) {
  if (node.kind != YamlNode::Kind::Scalar) {
    error(node, fmt::format("expected text, found {}", to_string(node.kind)));
    return std::nullopt;
  }
  auto value = expanded(node);
  if (!value || std::ranges::none_of(*value, is_control)) return value;
  error(node, "the value holds a control character");
  return std::nullopt;
}

std::optional<bool> ValueReader::boolean(const YamlNode& node) {
  const auto value = text(node);
  if (!value) return std::nullopt;
  const auto word = lower(*value);
  if (word == "true" || word == "yes" || word == "on") return true;
  if (word == "false" || word == "no" || word == "off") return false;
  error(node, fmt::format("expected true or false, found {}", quoted(node)));
  return std::nullopt;
}

std::optional<Seconds> ValueReader::seconds(const YamlNode& node) {
  const auto value = text(node);
  if (!value) return std::nullopt;
  const auto span = parse_duration(*value);
  if (!span) {
    error(node, fmt::format("{} is {}", quoted(node), span.error().message));
    return std::nullopt;
  }
  if (*span % Seconds(1) != Milliseconds(0)) {
    error(node, fmt::format("{} is not a whole number of seconds", quoted(node)));
    return std::nullopt;
  }
  return std::chrono::duration_cast<Seconds>(*span);
}

std::vector<std::string> ValueReader::texts(const YamlNode& node) {
  std::vector<std::string> values;
  const auto add = [&](const YamlNode& one) {
    if (auto value = text(one)) values.push_back(std::move(*value));
  };
  if (node.kind == YamlNode::Kind::Sequence) {
    std::ranges::for_each(node.items, add);
  } else {
    add(node);
  }
  return values;
}

std::optional<std::size_t> ValueReader::word(const YamlNode& node, std::span<const std::string_view> words) {
  const auto value = text(node);
  if (!value) return std::nullopt;
  const auto found = std::ranges::find(words, *value);
  if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  error(node, fmt::format("expected {}, found {}", fmt::join(words, " or "), quoted(node)),
        did_you_mean(*value, words));
  return std::nullopt;
}

std::shared_ptr<const Pattern> ValueReader::pattern(const YamlNode& node) {
  if (node.kind != YamlNode::Kind::Scalar) {
    error(node, fmt::format("expected a pattern, found {}", to_string(node.kind)));
    return nullptr;
  }
  const auto source = expanded(node);
  if (!source) return nullptr;
  if (std::ranges::any_of(*source, is_control)) {
    warning(node, "the pattern holds a control character and matches no path",
            "in double quotes \\b and \\t are YAML escapes: write the pattern in single quotes");
  }
  if (const auto known = patterns_.find(*source); known != patterns_.end()) return known->second;
  auto compiled = Pattern::compile(*source);
  if (!compiled) {
    error(node, fmt::format("bad pattern {}: {}", quoted(node), compiled.error().message));
    return nullptr;
  }
  auto shared = std::make_shared<const Pattern>(std::move(*compiled));
  patterns_.emplace(*source, shared);
  return shared;
}

}  // namespace artifactapi::config
