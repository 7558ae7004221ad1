// RPM repositories: repomd.xml and the metadata beside it move, packages stay.
#pragma once

#include "formats/format.h"

#include <array>

namespace artifactapi::formats {

inline constexpr std::array<Rule, 3> kRpmRules{{
    {R"(repomd\.xml$)", Mutability::Mutable},
    {R"(repodata/.*\.(xml|sqlite|ya?ml|asc|txt)(\.(gz|bz2|xz|zst|zck))?$)", Mutability::Mutable},
    {R"(Packages\.gz$)", Mutability::Mutable},
}};

inline constexpr Format kRpm{"rpm", true, kRpmRules, false};

}  // namespace artifactapi::formats
