// Projects' pages as an index of what there is. Pure.
#pragma once

#include "formats/document_index.h"
#include "formats/rendition.h"

#include <string>
#include <string_view>

namespace artifactapi::formats::pypi {

// The page of the project that a pattern means. `prefix`, what every match begins with, ends in the name of a
// project or the beginning of one of its files' names ("requests-2.3"), or names it as "files/NAME/" or
// "simple/NAME/" do. Invalid: it names none.
[[nodiscard]] Result<std::string> first_page(std::string_view prefix);

// The files that a page names, as paths inside the remote; metadata that it offers beside them too. At most
// kMostFiles. BadPeer: it is no page of a project.
[[nodiscard]] Result<Named> read_project(const RenditionAsked& page, std::string_view path,
                                         std::string_view link);

inline constexpr DocumentIndex kProjectPages{.first = first_page, .read = read_project};

}  // namespace artifactapi::formats::pypi
