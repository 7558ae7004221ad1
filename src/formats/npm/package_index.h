// Documents of packages as an index of what there is. Pure.
#pragma once

#include "formats/document_index.h"
#include "formats/npm/package_form.h"

#include <string>
#include <string_view>

namespace artifactapi::formats::npm {

// The document of the package that a pattern means: `prefix`, what every match begins with, names it and goes
// on behind it ("lodash/-/", "@scope/name/-/name-1"). Invalid: it names none.
[[nodiscard]] Result<std::string> first_document(std::string_view prefix);

// Its tarballs, as paths inside the remote.
[[nodiscard]] Result<Named> read_tarballs(const RenditionAsked& document, std::string_view path,
                                          std::string_view link);

inline constexpr DocumentIndex kPackageDocuments{
    .first = first_document, .read = read_tarballs, .accept = kAskForAbbreviated};

}  // namespace artifactapi::formats::npm
