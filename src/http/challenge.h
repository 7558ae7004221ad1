// What a 401 wants to see: the challenges of WWW-Authenticate (RFC 9110 section 11).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace artifactapi::http {

inline constexpr std::size_t kMaxChallengeBytes = 16 * 1024;  // of the field's value
inline constexpr std::size_t kMaxChallenges = 16;
inline constexpr std::size_t kMaxChallengeParameters = 16;  // of one challenge

struct ChallengeParameter {
  std::string name;   // lower case
  std::string value;  // without quotes and backslashes
  friend bool operator==(const ChallengeParameter&, const ChallengeParameter&) = default;
};

struct Challenge {
  std::string scheme;   // lower case
  std::string token68;  // when it came instead of parameters
  std::vector<ChallengeParameter> parameters;
  // Of the first parameter of that name; valid until the next change.
  [[nodiscard]] std::optional<std::string_view> get(std::string_view name) const;
  friend bool operator==(const Challenge&, const Challenge&) = default;
};

// The challenges of one value, or of several lines joined by commas, in order. Reading ends at the first byte
// that does not fit the grammar, at a control character, and beyond a bound: what came whole before it
// counts. A parameter without quotes may hold any visible character but quote and comma, as URLs come in it.
std::vector<Challenge> parse_challenges(std::string_view value);

}  // namespace artifactapi::http
