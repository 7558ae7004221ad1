#include "config/repository_reader.h"

#include "config/repository_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

namespace artifactapi::config {
namespace {

constexpr std::size_t kLongestName = 128;

void read_name(const YamlNode& key, KeyContext& context) {
  const auto is_lower_or_digit = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  const auto allowed = [&](char c) { return is_lower_or_digit(c) || c == '.' || c == '_' || c == '-'; };
  context.out.name = key.text;
  if (key.text == "v1") {
    context.values.error(key, "a remote cannot be called \"v1\": the name is part of the API's paths");
  } else if (key.text.empty() || !is_lower_or_digit(key.text[0]) || !std::ranges::all_of(key.text, allowed)) {
    context.values.error(key, fmt::format("bad remote name {}", ValueReader::quoted(key)),
                         "lower-case letters, digits, '.', '_' and '-', beginning with a letter or digit");
  } else if (key.text.size() > kLongestName) {
    context.values.error(key, fmt::format("the remote name is longer than {} bytes", kLongestName));
  }
}

void read_entry(const YamlEntry& entry, KeyContext& context) {
  const auto keys = repository_keys();
  const auto known = std::ranges::find(keys, entry.key.text, &RepositoryKey::name);
  if (known == keys.end()) {
    std::vector<std::string_view> names;
    for (const auto& key : keys) names.push_back(key.name);
    return report_unknown_key(entry.key, names, context.values);
  }
  if (entry.value.kind != YamlNode::Kind::Null) return known->read(entry.value, context);
  if (known->when_empty == WhenEmpty::Mistake) {
    context.values.error(entry.key, fmt::format("{} has no value", entry.key.text));
  }
}

void check_applies(const YamlNode& map, KeyContext& context) {
  const bool local = context.out.type == RepositoryType::Local;
  const auto misplaced = local ? Applies::RemoteOnly : Applies::LocalOnly;
  for (const auto& [key, value] : map.entries) {
    const auto keys = repository_keys();
    const auto known = std::ranges::find(keys, key.text, &RepositoryKey::name);
    if (known == keys.end() || known->applies != misplaced) continue;
    if (key.text == "base_url") {
      context.values.error(key, "a local repository has no base_url", "is \"type\" meant to be \"remote\"?");
    } else {
      context.values.warning(
          key, fmt::format("{} has no effect on a {} repository", key.text, local ? "local" : "remote"));
    }
  }
}

bool has(const YamlNode& map, std::string_view key) {
  return std::ranges::any_of(map.entries, [&](const auto& entry) { return entry.key.text == key; });
}

// What must hold between keys. Findings stand at the name, which is where a missing key would be.
void check_whole(const YamlNode& name, const YamlNode& map, KeyContext& context) {
  const auto& out = context.out;
  check_applies(map, context);
  if (!has(map, "package")) context.values.error(name, fmt::format("{}: package is missing", out.name));
  if (out.type == RepositoryType::Remote && !has(map, "base_url")) {
    context.values.error(name, fmt::format("{}: base_url is missing", out.name),
                         "only a repository of type \"local\" has none");
  }
  if (out.username.empty() && !out.password.empty() && has(map, "password")) {
    context.values.error(name, fmt::format("{}: password is set but username is not", out.name));
  }
}

}  // namespace

Repository read_repository(const YamlEntry& entry, std::span<const PackageType> packages,
                           ValueReader& values) {
  Repository repository;
  KeyContext context{repository, values, packages};
  read_name(entry.key, context);
  if (entry.value.kind != YamlNode::Kind::Map) {
    const auto& place = entry.value.kind == YamlNode::Kind::Null ? entry.key : entry.value;
    values.error(place, fmt::format("{}: expected a map of settings, found {}", entry.key.text,
                                    to_string(entry.value.kind)));
    return repository;
  }
  for (const auto& one : entry.value.entries) read_entry(one, context);
  check_whole(entry.key, entry.value, context);
  return repository;
}

}  // namespace artifactapi::config
