// One finding about the configuration: where, how bad, what, and what was probably meant.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace artifactapi::config {

enum class Severity : std::uint8_t { Warning, Error };

// Never holds a secret: values are quoted as the file wrote them (`${NAME}` unexpanded), credentials not at
// all.
struct Diagnostic {
  std::string file;  // or the name of the flag or variable that is wrong
  int line = 0;      // from 1; 0: none
  int column = 0;    // from 1, in bytes; 0: none
  Severity severity = Severity::Error;
  std::string message;
  std::string hint;  // what was probably meant; may be empty

  friend bool operator==(const Diagnostic&, const Diagnostic&) = default;
};

using Diagnostics = std::vector<Diagnostic>;

// remotes.yaml:12:5: error: unknown key "immutible_patterns" (did you mean "immutable_patterns"?)
[[nodiscard]] std::string to_string(const Diagnostic& diagnostic);

[[nodiscard]] bool has_errors(const Diagnostics& diagnostics);

}  // namespace artifactapi::config
