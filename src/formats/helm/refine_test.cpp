#include "formats/helm/refine.h"

#include "formats/helm/helm.h"
#include "formats/helm/index.h"
#include "formats/through_us.h"

#include <gtest/gtest.h>

#include <string>

namespace artifactapi::formats::helm {
namespace {

Plan plan_of(const std::string& path) {
  Planner::Patterns patterns;
  patterns.push_back(std::make_shared<const Pattern>(Pattern::compile(R"(^charts/.*\.tgz$)").value()));
  const auto base = http::parse_url("https://charts.example").value();
  return Planner::make(kHelm, std::move(patterns), {}, {}, base)
      .value()
      .plan(http::canonicalise(path).value());
}

TEST(HelmPlan, TheIndexIsMutableRenderedAndBounded) {
  const auto plan = plan_of("index.yaml");
  EXPECT_EQ(plan.access, Access::Allowed);
  EXPECT_EQ(plan.mutability, Mutability::Mutable);
  EXPECT_FALSE(plan.builtin);
  EXPECT_EQ(plan.render, &render_index);
  EXPECT_EQ(plan.most_bytes, kMostIndexBytes);
}

// Its links to other hosts could not be looked up: it is given as it is.
TEST(HelmPlan, AnIndexFurtherDownChangesTooAndIsGivenAsItIs) {
  const auto plan = plan_of("stable/index.yaml");
  EXPECT_EQ(plan.access, Access::Allowed);
  EXPECT_EQ(plan.mutability, Mutability::Mutable);
  EXPECT_EQ(plan.render, nullptr);
  EXPECT_EQ(plan_of("stable/my-index.yaml").access, Access::Forbidden);
}

TEST(HelmPlan, AChartAndItsProvenanceArePromisedByTheIndex) {
  for (const std::string path : {"charts/x-1.0.0.tgz", "charts/x-1.0.0.tgz.prov"}) {
    const auto plan = plan_of(path);
    EXPECT_EQ(plan.access, Access::Allowed) << path;
    EXPECT_EQ(plan.mutability, Mutability::Immutable);
    EXPECT_EQ(plan.key, path);
    ASSERT_EQ(plan.promised_by.size(), 1U);
    EXPECT_EQ(plan.promised_by.front().key, "index.yaml");
    EXPECT_EQ(plan.find_promise, &find_chart);
    EXPECT_FALSE(plan.elsewhere);
  }
}

TEST(HelmPlan, PatternsSeeThePathAtTheOtherHost) {
  const auto path = "-/at/" + foreign_digits("https://other.example") + "/charts/x-1.0.0.tgz";
  const auto plan = plan_of(path);
  EXPECT_TRUE(plan.elsewhere);
  EXPECT_EQ(plan.key, path);
  EXPECT_EQ(plan.path, "charts/x-1.0.0.tgz");
  EXPECT_EQ(plan.access, Access::Allowed);
  EXPECT_EQ(plan_of("-/at/" + foreign_digits("https://other.example") + "/x-1.0.0.tgz").access,
            Access::Forbidden);
}

}  // namespace
}  // namespace artifactapi::formats::helm
