// The two forms of a package's document and which of them a client wants
// (https://github.com/npm/registry, docs/responses/package-metadata.md). Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace artifactapi::formats::npm {

enum class PackageForm : std::uint8_t {
  Full,         // application/json
  Abbreviated,  // application/vnd.npm.install-v1+json: what an installation needs
};

inline constexpr std::size_t kMostAcceptBytes = 4 * 1024;

// The abbreviated form is for who names it and weighs it no lower than JSON; of two that weigh the same the
// one that is named first counts. All others get the full one, who wants neither too. A field over
// kMostAcceptBytes says nothing.
[[nodiscard]] PackageForm accepted_form(std::string_view accept);

// Suits of formats/plan.h. The media type of an answer does not tell its form: some registries call both
// JSON.
[[nodiscard]] bool suits_full(std::string_view accept, std::string_view content_type);
[[nodiscard]] bool suits_abbreviated(std::string_view accept, std::string_view content_type);

// What upstream is asked. Some registries refuse the abbreviated form alone, so it is never asked for alone.
inline constexpr std::string_view kAskForFull = "application/json";
inline constexpr std::string_view kAskForAbbreviated =
    "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8, */*";

}  // namespace artifactapi::formats::npm
