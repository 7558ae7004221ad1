#include "config/load.h"

#include "config/repository_keys.h"
#include "config/repository_reader.h"
#include "config/value_reader.h"
#include "config/yaml_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <string_view>
#include <tuple>
#include <utility>

namespace artifactapi::config {
namespace {

void read_remotes(const YamlNode& map, std::span<const PackageType> packages, ValueReader& values,
                  Remotes& out) {
  if (map.kind != YamlNode::Kind::Map) {
    return values.error(map, fmt::format("remotes: expected a map of names, found {}", to_string(map.kind)));
  }
  if (map.entries.size() > limits::kMaxRemotes) {
    return values.error(map, fmt::format("more than {} remotes", limits::kMaxRemotes));
  }
  if (map.entries.empty()) values.warning(map, "no remotes are configured");
  out.repositories.reserve(map.entries.size());
  const YamlNode* root_default = nullptr;
  for (const auto& entry : map.entries) {
    out.repositories.push_back(read_repository(entry, packages, values));
    if (!out.repositories.back().default_for_root) continue;
    if (root_default != nullptr) {
      values.error(entry.key, fmt::format("default_for_root is already set by \"{}\"", root_default->text));
    }
    root_default = &entry.key;
  }
}

// Keys at the top: remotes, and x-anything as a place for anchors.
void read_top(const YamlNode& top, std::span<const PackageType> packages, ValueReader& values, Remotes& out) {
  constexpr std::array<std::string_view, 1> kKeys = {"remotes"};
  bool found = false;
  for (const auto& [key, value] : top.entries) {
    if (key.text.starts_with("x-")) continue;
    if (key.text != "remotes") {
      report_unknown_key(key, kKeys, values);
      continue;
    }
    found = true;
    read_remotes(value.kind == YamlNode::Kind::Null ? key : value, packages, values, out);
  }
  if (!found) values.error(top, "the key \"remotes\" is missing");
}

// In file order; when there are too many to read, the errors of them first.
void arrange(Diagnostics& findings) {
  const bool too_many = findings.size() > limits::kMaxDiagnostics;
  std::ranges::sort(findings, {}, [too_many](const Diagnostic& d) {
    const bool later = too_many && d.severity == Severity::Warning;
    return std::tuple(later, d.line, d.column, std::string_view(d.message));
  });
  if (!too_many) return;
  const auto left_out = findings.size() - limits::kMaxDiagnostics;
  findings.resize(limits::kMaxDiagnostics);
  findings.push_back({findings.front().file,
                      0,
                      0,
                      findings.front().severity,
                      fmt::format("{} more findings are not listed", left_out),
                      {}});
}

Diagnostics only(const std::string& file, std::string message) {
  return {Diagnostic{file, 0, 0, Severity::Error, std::move(message), {}}};
}

}  // namespace

std::expected<Remotes, Diagnostics> load_remotes(const std::string& text, const std::string& file_name,
                                                 std::span<const PackageType> packages,
                                                 const Environment& environment) {
  if (text.size() > limits::kMaxFileBytes) {
    return std::unexpected(only(file_name, fmt::format("larger than {} bytes", limits::kMaxFileBytes)));
  }
  Remotes remotes;
  Diagnostics findings;
  ValueReader values(file_name, environment, findings);
  const auto tree = parse_yaml(text, file_name, {limits::kMaxYamlNodes, limits::kMaxYamlDepth}, findings);
  if (tree && tree->kind == YamlNode::Kind::Map) {
    read_top(*tree, packages, values, remotes);
  } else if (tree) {
    findings.push_back(
        {file_name,
         1,
         1,
         Severity::Error,
         fmt::format("expected a map with the key \"remotes\", found {}", to_string(tree->kind)),
         {}});
  }
  const bool failed = has_errors(findings);
  arrange(findings);
  if (failed) return std::unexpected(std::move(findings));
  remotes.warnings = std::move(findings);
  remotes.index();
  return remotes;
}

std::expected<Remotes, Diagnostics> load_remotes_file(const std::string& path,
                                                      std::span<const PackageType> packages,
                                                      const Environment& environment) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::unexpected(only(path, "the file cannot be opened"));
  // One byte more than allowed tells a file over the limit without reading all of it.
  std::string text(limits::kMaxFileBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad() || (file.fail() && !file.eof()))
    return std::unexpected(only(path, "the file cannot be read"));
  text.resize(static_cast<std::size_t>(file.gcount()));
  return load_remotes(text, path, packages, environment);
}

}  // namespace artifactapi::config
