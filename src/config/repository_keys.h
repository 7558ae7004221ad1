// The keys a repository may have in remotes.yaml: one row each, with the function that reads its value.
#pragma once

#include "config/config.h"
#include "config/load.h"
#include "config/value_reader.h"
#include "config/yaml_tree.h"

#include <cstdint>
#include <span>
#include <string_view>

namespace artifactapi::config {

enum class Applies : std::uint8_t { Both, RemoteOnly, LocalOnly };
// What a key without a value means: the same as leaving it out, or a mistake.
enum class WhenEmpty : std::uint8_t { Absent, Mistake };

struct KeyContext {
  Repository& out;
  ValueReader& values;
  std::span<const PackageType> packages;
};

struct RepositoryKey {
  std::string_view name;
  Applies applies;
  WhenEmpty when_empty;
  void (*read)(const YamlNode& value, KeyContext& context);
};

[[nodiscard]] std::span<const RepositoryKey> repository_keys();

// Reports a key that is none of `known`.
void report_unknown_key(const YamlNode& key, std::span<const std::string_view> known, ValueReader& values);

}  // namespace artifactapi::config
