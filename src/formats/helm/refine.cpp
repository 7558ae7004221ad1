#include "formats/helm/refine.h"

#include "formats/helm/index.h"
#include "formats/through_us.h"

#include <string_view>

namespace artifactapi::formats::helm {

namespace {

constexpr std::string_view kIndex = "index.yaml";
constexpr std::string_view kProvenance = ".prov";

}  // namespace

void refine(Plan& plan) {
  if (plan.path == kIndex) {
    plan.render = render_index;
    plan.each_promise = each_chart;
    plan.most_bytes = kMostIndexBytes;
    return;
  }
  if (const auto rest = path_elsewhere(plan.path)) {
    plan.elsewhere = true;
    plan.path = std::string(*rest);
  }
  if (plan.path.ends_with(kProvenance)) plan.path.resize(plan.path.size() - kProvenance.size());
  plan.promised_by.push_back({std::string(kIndex), {}});
  plan.find_promise = find_chart;
}

}  // namespace artifactapi::formats::helm
