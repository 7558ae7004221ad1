// Documents of packages and of their versions, with links through us. Pure.
#pragma once

#include "formats/rendition.h"

#include <cstdint>

namespace artifactapi::formats::npm {

inline constexpr std::uint64_t kMostPackageBytes = 128ULL << 20U;
inline constexpr std::uint64_t kMostVersionBytes = 16ULL << 20U;

// Render of formats/rendition.h: `dist.tarball` and `dist.attestations.url` of each version lead through us,
// where they are web addresses; all else stays byte for byte. Of a package in either form.
[[nodiscard]] Result<Rendered> render_package(const RenditionAsked& asked, RenditionSink& sink);

// The same of a document that is one version itself.
[[nodiscard]] Result<Rendered> render_version(const RenditionAsked& asked, RenditionSink& sink);

}  // namespace artifactapi::formats::npm
