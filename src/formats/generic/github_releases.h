// GitHub's release pages: a list of releases in pages of ten, and for each release a page with its files.
// Pure.
#pragma once

#include "base/result.h"
#include "formats/listing.h"
#include "http/path.h"
#include "http/url.h"

#include <string>
#include <string_view>

namespace artifactapi::formats {

[[nodiscard]] bool is_github(const http::Url& base);

// What of "OWNER/PROJECT/" is left below a base whose path is `base_path` (with '/' at both ends), when every
// path of interest begins with `prefix` there. Invalid: the two do not name a project, or the base's path
// goes deeper than one.
[[nodiscard]] Result<std::string> github_project(std::string_view base_path, std::string_view prefix);

// Where to begin, decoded: the files of one release when `prefix` names it, else the list. `project`: as
// above.
[[nodiscard]] std::string github_first_page(std::string_view project, std::string_view prefix);

// What a link below the base leads to.
[[nodiscard]] Step github_step(std::string_view project, http::CanonicalPath path);

// False when no file that begins with `prefix` can be on this page: it is that of another release. `page`:
// decoded, as `prefix`.
[[nodiscard]] bool github_page_matters(std::string_view project, std::string_view prefix,
                                       std::string_view page);

}  // namespace artifactapi::formats
