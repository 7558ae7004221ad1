// What one request means for a package type: may it pass, does it change over time, what is asked and kept.
#pragma once

#include "base/pattern.h"
#include "base/result.h"
#include "formats/format.h"
#include "http/path.h"
#include "http/query.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace artifactapi::formats {

enum class Access : std::uint8_t {
  Allowed,
  Forbidden,  // no pattern allows it
  Undecided,  // a pattern ran into its match limit: refused, and worth a log line
};

struct Plan {
  Access access = Access::Forbidden;
  Mutability mutability = Mutability::Immutable;
  bool builtin = false;   // one of the type's own rules matched
  std::string key;        // canonical path, with "?query" where the query means something
  std::string path;       // decoded, for people: patterns, log, file name
  std::string limit_hit;  // Undecided: the pattern's source
};

// One repository's patterns over its type's rules. Immutable; shared by all threads.
class Planner {
 public:
  using Patterns = std::vector<std::shared_ptr<const Pattern>>;

  // Fails only when a rule of the type itself does not compile.
  [[nodiscard]] static Result<Planner> make(const Format& format, Patterns immutable, Patterns changing,
                                            http::QueryRule query);

  [[nodiscard]] Plan plan(const http::CanonicalPath& path) const;

 private:
  Planner() = default;
  bool decide(const Patterns& patterns, Plan& plan) const;

  Patterns builtin_mutable_;
  Patterns immutable_;
  Patterns mutable_;
  http::QueryRule query_;
};

}  // namespace artifactapi::formats
