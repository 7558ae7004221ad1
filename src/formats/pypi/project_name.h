// Names of projects and of their files (PEP 503, 427, 625). Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace artifactapi::formats::pypi {

inline constexpr std::size_t kMaxNameBytes = 255;
// Of one file name.
inline constexpr std::size_t kMostSplits = 8;

// Letters, digits, '.', '_' and '-', the first and the last one a letter or digit.
[[nodiscard]] bool valid_name(std::string_view name);

// Lower-case, each run of '.', '_' and '-' one '-'.
[[nodiscard]] std::string normalised(std::string_view name);

// The projects, normalised, that a file of that name may belong to, the likeliest first; a final ".metadata"
// or
// ".asc" does not count. Of a wheel or an egg that is one. A source distribution of earlier times does not
// tell where its name ends and its version begins ("a-1-2.0.tar.gz"): each place that may be it, at most
// kMostSplits.
[[nodiscard]] std::vector<std::string> projects_of_file(std::string_view file_name);

}  // namespace artifactapi::formats::pypi
