// Links of a package's document, and the paths inside our remote at which they are asked for. Pure.
#pragma once

#include "formats/npm/dist.h"
#include "formats/through_us.h"

#include <optional>
#include <string>
#include <string_view>

namespace artifactapi::formats::npm {

// Where a registry with that base has a document; what its relative links lead from.
[[nodiscard]] std::string url_of_document(const http::Url& base, std::string_view target);

// What a document is of, told by its address.
struct Subject {
  std::string package;  // encoded; empty: it is none of a package
  DistPlace place = DistPlace::EachVersion;
};
[[nodiscard]] Subject subject_of(const RenditionAsked& document);

// What a link leads to. One with http to the host of a base with https, as registries behind a proxy write
// it, is taken for one with https: what it means lies below the base. Nothing: see link_target; the empty
// link, too.
[[nodiscard]] std::optional<LinkTarget> target_of(const RenditionAsked& document, std::string_view link);

// The same of a tarball's. Its path tells by itself that it is one, and of which package; or the package is
// named at its end ("…?of-package=NAME"), which upstream is not asked with.
[[nodiscard]] std::optional<LinkTarget> tarball_target(const RenditionAsked& document,
                                                       std::string_view package, std::string_view link);

// The package, encoded, that a canonical query names at its end; empty: none.
[[nodiscard]] std::string named_package(std::string_view query);
// What is left of the query then.
[[nodiscard]] std::string query_without_package(std::string_view query);

// A path as it is keyed, with its query: in the one spelling.
[[nodiscard]] std::string key_of_link(std::string_view path_and_query);

}  // namespace artifactapi::formats::npm
