// index.yaml of a chart repository: the links to charts, and what it says of them. Pure.
#pragma once

#include "formats/document_index.h"
#include "formats/promise.h"
#include "formats/rendition.h"

#include <cstdint>

namespace artifactapi::formats::helm {

inline constexpr std::uint64_t kMostIndexBytes = 128ULL << 20U;

// Render of formats/rendition.h: every link of entries.<chart>[].urls[] leads through us; all else stays byte
// for byte. Links that are no web addresses (oci://) stay too.
[[nodiscard]] Result<Rendered> render_index(const RenditionAsked& asked, RenditionSink& sink);

// FindPromise of formats/promise.h: `digest` of the entry one of whose links leads to the file. A provenance
// file
// ("….prov") lies beside its chart and is promised no digest.
[[nodiscard]] std::optional<Promise> find_chart(const RenditionAsked& document, std::string_view file);

// EachPromise of formats/promise.h.
void each_chart(const RenditionAsked& document, PromiseSink& sink);

[[nodiscard]] Result<std::string> index_path(std::string_view prefix);
// The charts that lie below the remote's base.
[[nodiscard]] Result<Named> read_index(const RenditionAsked& document, std::string_view path,
                                       std::string_view link);

inline constexpr DocumentIndex kChartIndex{.first = index_path, .read = read_index};

}  // namespace artifactapi::formats::helm
