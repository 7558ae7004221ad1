// The parts of a registry's document that tell of tarballs, found without a tree. Pure.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace artifactapi::formats::npm {

// Which of the objects named "dist" are meant; no others are looked at.
enum class DistPlace : std::uint8_t {
  EachVersion,  // versions.*.dist: of a package
  Top,          // dist: of one version
};

// Called with each of them as it is written, a part of the document; false ends the reading.
using TakeDist = std::function<bool(std::string_view dist)>;

// In the order of the document, a byte order mark before it is passed over. BadPeer: it is no JSON object.
[[nodiscard]] Result<> each_dist(std::string_view document, DistPlace place, const TakeDist& take);

enum class DistField : std::uint8_t { Tarball, Integrity, Shasum, AttestationsUrl };

// Called with each of them that is a string, as it is written with its quotes, a part of `dist`. A field may
// be there twice; the last one counts, as for clients.
using TakeField = std::function<void(DistField field, std::string_view written)>;

// False: it is no JSON object.
[[nodiscard]] bool each_field(std::string_view dist, const TakeField& take);

// The text of a string as it is written; empty: it is none, or longer than any link or digest.
[[nodiscard]] std::string short_text(std::string_view written);
inline constexpr std::size_t kMostTextBytes = std::size_t{64} * 1024;

}  // namespace artifactapi::formats::npm
