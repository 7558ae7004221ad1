// A YAML document as a small tree with positions: bounded, without duplicate keys, aliases expanded.
#pragma once

#include "config/diagnostic.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace artifactapi::config {

struct YamlEntry;

struct YamlNode {
  enum class Kind : std::uint8_t { Null, Scalar, Sequence, Map };

  Kind kind = Kind::Null;
  int line = 0;                    // from 1, where the node begins; of an alias, where its anchor is
  int column = 0;                  // from 1, in bytes
  std::string text;                // Scalar
  std::vector<YamlNode> items;     // Sequence
  std::vector<YamlEntry> entries;  // Map, in file order; keys are unique scalars
};

struct YamlEntry {
  YamlNode key;
  YamlNode value;
};

// "a map", "a list", "text" or "nothing".
[[nodiscard]] std::string to_string(YamlNode::Kind kind);

struct YamlBounds {
  std::size_t nodes = 0;  // after aliases are expanded
  std::size_t depth = 0;
};

// The first and only document of `text`, nothing when it is not well-formed: then `findings` has gained an
// error. An empty document is a Null node. Duplicate keys and tags are errors that still give a tree. Merge
// keys (`<<`) work.
[[nodiscard]] std::optional<YamlNode> parse_yaml(const std::string& text, const std::string& file_name,
                                                 YamlBounds bounds, Diagnostics& findings);

}  // namespace artifactapi::config
