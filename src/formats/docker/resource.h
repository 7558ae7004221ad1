// The paths of the distribution API: <name>/manifests/<reference> and the others, as one value. Pure.
#pragma once

#include "base/digest.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace artifactapi::formats::docker {

inline constexpr std::size_t kMostNameBytes = 255;
inline constexpr std::size_t kMostTagBytes = 128;
inline constexpr std::size_t kMostDigestBytes = 256;

// Views into the path that was parsed.
struct Resource {
  enum class Kind : std::uint8_t {
    Tag,       // a manifest by its tag
    Manifest,  // a manifest by its digest
    Blob,
    Tags,  // tags/list
    Referrers,
    Catalog,  // _catalog
    Base,     // nothing: the API itself
    // What has no place:
    NoPath,
    BadName,
    BadTag,
    BadDigest,
    OtherDigest,  // well-formed, of an algorithm that is not verified here
  };
  Kind kind = Kind::NoPath;
  std::string_view name;
  std::string_view reference;  // tag, or digest with its algorithm
  Digest digest;               // Manifest, Blob, Referrers
};

// `path`: after "/v2/", without query. Names and references hold no character that a URL escapes, so the
// encoded path is the one to ask about.
[[nodiscard]] Resource parse_resource(std::string_view path);

// Components of lower-case letters and digits, with '.', '_', '__' or hyphens inside, divided by '/'.
[[nodiscard]] bool valid_name(std::string_view name);
[[nodiscard]] bool valid_tag(std::string_view tag);
// algorithm ":" encoded, of any algorithm.
[[nodiscard]] bool valid_digest(std::string_view digest);

}  // namespace artifactapi::formats::docker
