// The core metadata of a wheel: what a repository would serve as WHEEL.metadata (PEP 427, 658). Pure.
#pragma once

#include "base/result.h"
#include "formats/pypi/byte_ranges.h"
#include "formats/rendition.h"

#include <string>
#include <string_view>

namespace artifactapi::formats::pypi {

// The bytes of {name}-{version}.dist-info/METADATA. `file_name`: the wheel's, decoded. Reads the end of the
// file, its directory and that one member. Errors as read_zip_member; Invalid too: it is no wheel's name.
[[nodiscard]] Result<std::string> metadata_of_wheel(const ByteRanges& wheel, std::string_view file_name);

// Wheels that are looked into; of larger ones upstream has to have the metadata itself.
inline constexpr std::uint64_t kMostWheelBytes = 64ULL << 20U;

// Render of formats/rendition.h: of a whole wheel, its metadata.
[[nodiscard]] Result<Rendered> render_metadata(const RenditionAsked& asked, RenditionSink& sink);

}  // namespace artifactapi::formats::pypi
