// What a path of a chart repository means beyond its pattern. Pure.
#pragma once

#include "formats/plan.h"

namespace artifactapi::formats::helm {

// Format::refine: the index is rendered, charts are promised by it, and provenance files are allowed where
// their chart is.
void refine(Plan& plan);

}  // namespace artifactapi::formats::helm
