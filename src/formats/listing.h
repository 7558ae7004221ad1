// Which artifacts an upstream's index pages name, and which further pages they lead to. Pure.
//
// Two kinds of pages are known: directory listings as web servers make them, and GitHub's release pages
// (formats/generic/github_releases.h).
#pragma once

#include "base/result.h"
#include "formats/document_index.h"
#include "http/path.h"
#include "http/url.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace artifactapi::formats {

// What a link leads to.
struct Step {
  enum class Kind : std::uint8_t {
    Ignored,   // nothing of this remote, or nothing that the pattern could match
    Page,      // an index page to read
    TooDeep,   // an index page further down than kMaxDepth
    Artifact,  // a file; the pattern has not been asked yet
  };
  Kind kind = Kind::Ignored;
  http::CanonicalPath path;  // below the base
};

// One remote's pages as far as one pattern is concerned. Immutable.
class Listing {
 public:
  // Directories below the first page.
  static constexpr std::size_t kMaxDepth = 8;

  // `pattern`: the source of a regular expression; what it begins with decides where reading begins.
  // Invalid: on GitHub, when it does not begin with an owner and a project.
  // `documents`: of a type whose index is no HTML.
  [[nodiscard]] static Result<Listing> make(const http::Url& base, std::string_view pattern,
                                            const DocumentIndex* documents = nullptr);

  // The page to begin with, below the base.
  [[nodiscard]] const http::CanonicalPath& first_page() const { return first_page_; }
  // `page`: where the link stands. Whatever a hostile page says, the result lies below the remote's base.
  [[nodiscard]] Step step(const http::CanonicalPath& page, std::string_view href) const;

 private:
  Listing() = default;
  [[nodiscard]] std::optional<http::CanonicalPath> below_base(const http::CanonicalPath& page,
                                                              std::string_view href) const;
  [[nodiscard]] Step step_in_directory(const http::CanonicalPath& page, http::CanonicalPath path) const;
  // Whether what begins with `path` can match: as far as both go, it agrees with `prefix_`.
  [[nodiscard]] bool may_match_below(std::string_view decoded_path) const;

  http::Url base_;        // its path ends in '/'
  std::string prefix_;    // every match begins with this, decoded
  std::string releases_;  // GitHub: what stands before "releases/" below the base
  bool on_github_ = false;
  http::CanonicalPath first_page_;
};

}  // namespace artifactapi::formats
