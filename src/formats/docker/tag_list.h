// Lists of tags as an index of what there is. Pure.
#pragma once

#include "formats/document_index.h"

namespace artifactapi::formats::docker {

// tags/list of the image that the prefix names: all before "/manifests/".
[[nodiscard]] Result<std::string> first_list(std::string_view prefix);
// {"name":…,"tags":[…]} becomes the paths of the tags' manifests; what is no tag is left out.
[[nodiscard]] Result<Named> read_tag_list(const RenditionAsked& asked, std::string_view path,
                                          std::string_view link);

inline constexpr DocumentIndex kTagLists{.first = first_list, .read = read_tag_list};

}  // namespace artifactapi::formats::docker
