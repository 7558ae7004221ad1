// The address at which a package type's own clients ask, beside /api/{remote}/.
#pragma once

#include "formats/head_rules.h"
#include "formats/plan.h"
#include "http/headers.h"
#include "http/path.h"
#include "http/url.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace artifactapi::formats {

// An error as the type's clients read it. `word`: the type's own for this error; empty: by the status.
using ErrorBody = std::string (*)(int status, std::string_view word, std::string_view message);

// A repository of the type; in file order.
struct Candidate {
  std::string_view name;
  http::Url base;          // as configured
  const Planner* planner;  // null: nothing is fetched into it
  bool has_credentials = false;
  bool serves_ns = false;   // `serve_ns`
  bool by_default = false;  // `default_for_root`
};

// What a target below the root means.
struct Resolved {
  enum class Kind : std::uint8_t {
    Nowhere,  // 404
    Place,    // `path` inside the candidate `at`
    Names,    // what is stored below this root (ApiRoot::render_names)
    Fixed,    // `body`, as JSON
  };
  Kind kind = Kind::Nowhere;
  std::size_t at = 0;
  http::CanonicalPath path;
  std::string_view body;
  http::Headers headers;  // of this answer, whatever it is
};

// A name that a stored key belongs to, and a key from which on (exclusive) other names may come.
struct NameOfKey {
  std::string name;  // empty: none
  std::string skip_to;
};

struct NamePage {
  std::string body;  // JSON
  std::string link;  // the Link to the next page; empty: this is the last
};

struct ApiRoot {
  std::string_view prefix;           // "/name"; what follows it is empty or begins with '/'
  std::span<const FieldLine> fixed;  // sent with every answer, errors too
  ErrorBody error_body;
  // `target`: without the prefix; its `encoded` is empty or begins with '/'.
  Resolved (*resolve)(const http::CanonicalPath& target, std::span<const Candidate> candidates);
  NameOfKey (*name_of_key)(std::string_view key);
  // `names`: sorted, each once, as clients write them. `query`: of the request, canonical.
  NamePage (*render_names)(std::span<const std::string> names, std::string_view query);
};

// The root that an undecoded target lies below; null: none.
[[nodiscard]] const ApiRoot* root_of(std::string_view target);

}  // namespace artifactapi::formats
