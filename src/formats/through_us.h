// Links in documents of upstream, as addresses that lead through us. Pure.
#pragma once

#include "formats/rendition.h"

#include <optional>
#include <string>
#include <string_view>

namespace artifactapi::formats {

// What a link in the document leads to.
struct LinkTarget {
  std::string url;  // absolute, upstream's, without fragment
  std::string
      path;  // inside our remote, encoded: below the remote's base as it is there, else "-/at/{16 hex}/…"
  std::string fragment;  // with its '#'; empty: none
  // Elsewhere than below the base: "scheme://authority", the origin that the 16 digits stand for. Empty:
  // below.
  std::string foreign_origin;
};

// Nothing: it leads to no http or https address, or is no URL at all; leave it as it is. A query stays part
// of url and path.
[[nodiscard]] std::optional<LinkTarget> link_target(const RenditionAsked& document, std::string_view link);

// The absolute address through us, with the link's fragment.
[[nodiscard]] std::string through_us(const RenditionAsked& document, const LinkTarget& target);

// What stands behind "-/at/{16 digits}/" in a path inside a remote: the path at the other origin, which is
// what patterns see. Nothing: it is no such path.
[[nodiscard]] std::optional<std::string_view> path_elsewhere(std::string_view path);

// The 16 digits that stand for an origin.
[[nodiscard]] std::string foreign_digits(std::string_view origin);

}  // namespace artifactapi::formats
