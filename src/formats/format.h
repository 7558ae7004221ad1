// A package type: data and pure functions. Nothing outside formats/ names one.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace artifactapi::formats {

enum class Mutability : std::uint8_t { Immutable, Mutable };

// One row of a type's table: which of its own paths change over time, whatever the configuration says.
struct Rule {
  std::string_view pattern;  // searched in the decoded path inside the remote
  Mutability mutability;
};

struct Format {
  std::string_view name;  // as in `package:`
  // False: remotes of the type load and answer 501.
  bool built;
  std::span<const Rule> rules;
  // Whether the query is part of what is asked and kept when a remote does not say (`query:`).
  bool keep_query;
  // Whether upstream's index pages tell what there is (formats/listing.h).
  bool listed = false;
};

// Every type this version knows; the one list.
std::span<const Format* const> all();

// Null when there is no such type.
const Format* find(std::string_view name);

}  // namespace artifactapi::formats
