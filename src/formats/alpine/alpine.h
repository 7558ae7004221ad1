// Alpine Linux repositories (apk-repositories(5)): packages stay, the index of an architecture moves.
#pragma once

#include "formats/format.h"

#include <array>

namespace artifactapi::formats {

inline constexpr std::array<Rule, 1> kAlpineRules{{
    {R"(APKINDEX\.tar\.gz$)", Mutability::Mutable},
}};

inline constexpr Format kAlpine{"alpine", true, kAlpineRules, false};

}  // namespace artifactapi::formats
