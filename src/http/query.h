// The query part of a target: one canonical spelling, the parameters a remote lets through, and single
// values.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace artifactapi::http {

// Which parameters are part of the resource, per remote.
struct QueryRule {
  enum class Kind : std::uint8_t { Keep, Drop, Names };
  Kind kind = Kind::Keep;
  std::vector<std::string> names;  // decoded; with Kind::Names
};

// Unreserved characters raw, other escapes kept with upper-case digits (so %26 stays apart from '&'), bytes
// no URL may hold escaped. Invalid: malformed escape, control character (raw or escaped), '#'.
Result<std::string> canonical_query(std::string_view query);

// What is left of a canonical query: all, nothing, or the named parameters in order of appearance.
std::string filter_query(std::string_view query, const QueryRule& rule);

// The decoded value of the first parameter of that name, '+' standing for a space as in forms; nullopt when
// there is none or its escapes are malformed.
std::optional<std::string> query_parameter(std::string_view query, std::string_view name);

}  // namespace artifactapi::http
