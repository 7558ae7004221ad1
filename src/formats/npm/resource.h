// Paths of a registry: what each means, and the one spelling that counts. Pure.
#pragma once

#include "http/path.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace artifactapi::formats::npm {

// Of a package, with its scope; the registry itself allows no longer ones.
inline constexpr std::size_t kMaxNameBytes = 214;
// Packages whose documents may name one file.
inline constexpr std::size_t kMostPackages = 4;

struct Resource {
  enum class Kind : std::uint8_t {
    Package,       // NAME: the document of a package
    Version,       // NAME/VERSION or NAME/TAG: what that says of one version
    File,          // a tarball
    Attestations,  // -/npm/v1/attestations/NAME@VERSION
    Search,        // -/v1/search
    Account,       // of who is logged in
    BadName,       // where a name should be
    Other,
  };
  Kind kind = Kind::Other;
  // In the one spelling: the '/' of a scoped name is not escaped, nothing follows a package or a version.
  http::CanonicalPath path;
  // As upstream is asked, which is as clients ask: "@scope%2fname". Empty: as `path` is.
  std::string target;
  // Package, Version: its name, encoded. File, Attestations: those that may be meant, the likeliest first;
  // they may be none.
  std::vector<std::string> packages;
};

// "@scope%2Fname" is "@scope/name", in every segment of an encoded path.
[[nodiscard]] std::string plain_spelling(std::string_view encoded);

// `path`: inside a remote, or inside another origin. Queries mean nothing here.
[[nodiscard]] Resource parse_resource(const http::CanonicalPath& path);

// Of a package whose name is written so ("lodash", "@scope/name").
[[nodiscard]] bool is_package_name(std::string_view encoded);
// How upstream is asked for it, or for what lies below it.
[[nodiscard]] std::string target_of_package(std::string_view encoded);
// "1.0.0" of "name-1.0.0.tgz", a file of "@scope/name"; empty: it does not tell.
[[nodiscard]] std::string_view version_of_file(std::string_view file_name, std::string_view package);

}  // namespace artifactapi::formats::npm
