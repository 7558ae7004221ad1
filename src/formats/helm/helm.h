// Chart repositories: one index, and charts with their provenance files wherever it says
// (https://helm.sh/docs/topics/chart_repository/).
#pragma once

#include "formats/format.h"
#include "formats/helm/index.h"
#include "formats/helm/refine.h"

#include <array>

namespace artifactapi::formats {

inline constexpr std::array<Rule, 1> kHelmRules{{{R"((^|/)index\.yaml$)", Mutability::Mutable}}};

inline constexpr Format kHelm{.name = "helm",
                              .built = true,
                              .rules = kHelmRules,
                              .keep_query = true,
                              .rules_revalidate = true,
                              .listed = true,
                              .documents = &helm::kChartIndex,
                              .refine = helm::refine};

}  // namespace artifactapi::formats
