#include "formats/docker/layout.h"

#include "formats/docker/docker.h"

#include <gtest/gtest.h>

#include <string>

namespace artifactapi::formats {
namespace {

const std::string kDigest = "sha256:" + std::string(64, 'a');

Plan plan_of(const std::string& path, std::string_view accept = {},
             const char* base = "https://registry.test", const char* pattern = nullptr) {
  Planner::Patterns patterns;
  if (pattern != nullptr)
    patterns.push_back(std::make_shared<const Pattern>(Pattern::compile(pattern).value()));
  const auto planner = Planner::make(kDocker, std::move(patterns), {}, {}, http::parse_url(base).value());
  return planner.value().plan(http::canonicalise(path).value(), accept);
}

TEST(RegistryPlan, ATagIsMutableAndAskedForWithEveryType) {
  const auto plan = plan_of("v2/team/app/manifests/latest");
  EXPECT_EQ(plan.access, Access::Allowed);
  EXPECT_EQ(plan.mutability, Mutability::Mutable);
  EXPECT_TRUE(plan.builtin);
  EXPECT_TRUE(plan.revalidate_by_digest);
  EXPECT_EQ(plan.key, "team/app/manifests/latest");
  EXPECT_EQ(plan.asked(), "v2/team/app/manifests/latest");
  EXPECT_EQ(plan.scope, "repository:team/app:pull");
  EXPECT_EQ(plan.by_digest, "manifests/");
  EXPECT_FALSE(plan.accept.empty());
}

TEST(RegistryPlan, ThePathMayHaveTheApisPrefixOrNot) {
  EXPECT_EQ(plan_of("team/app/manifests/latest").key, plan_of("v2/team/app/manifests/latest").key);
  EXPECT_EQ(plan_of("v2/v2/app/manifests/latest").key, "v2/app/manifests/latest");
}

TEST(RegistryPlan, ADigestIsImmutableAndItsOwnKeyWithinTheRemote) {
  for (const std::string kind : {"manifests", "blobs"}) {
    const auto plan = plan_of("team/app/" + kind + "/" + kDigest);
    EXPECT_EQ(plan.mutability, Mutability::Immutable);
    EXPECT_EQ(plan.key, kind + "/" + kDigest);
    EXPECT_EQ(plan.asked(), "v2/team/app/" + kind + "/" + kDigest);
    ASSERT_TRUE(plan.promised);
    EXPECT_EQ(sha256_text(*plan.promised), kDigest);
  }
}

TEST(RegistryPlan, WherePatternsGuardNamesADigestIsKeyedUnderItsName) {
  const auto plan = plan_of("team/app/blobs/" + kDigest, {}, "https://registry.test", "^team/");
  EXPECT_EQ(plan.key, "team/app/blobs/" + kDigest);
  EXPECT_EQ(plan_of("team/app/manifests/x", {}, "https://registry.test", "^team/").by_digest,
            "team/app/manifests/");
}

TEST(RegistryPlan, PatternsGuardTagsAndListsToo) {
  for (const auto* path : {"other/manifests/latest", "other/tags/list", "_catalog"}) {
    EXPECT_EQ(plan_of(path, {}, "https://registry.test", "^team/").access, Access::Forbidden) << path;
  }
  const auto referrers =
      plan_of("other/referrers/" + kDigest, {}, "https://registry.test", "^other/referrers/");
  EXPECT_EQ(referrers.access, Access::Allowed);
  EXPECT_EQ(referrers.fallback->access, Access::Forbidden);
}

TEST(RegistryPlan, DockerHubsOfficialImagesAreInItsLibrary) {
  for (const auto* base : {"https://docker.io", "https://index.docker.io", "https://registry-1.docker.io"}) {
    EXPECT_EQ(plan_of("nginx/manifests/1", {}, base).asked(), "v2/library/nginx/manifests/1") << base;
    EXPECT_EQ(plan_of("team/app/manifests/1", {}, base).asked(), "v2/team/app/manifests/1");
  }
  EXPECT_EQ(plan_of("nginx/manifests/1").asked(), "v2/nginx/manifests/1");
  EXPECT_EQ(plan_of("nginx/manifests/1", {}, "https://docker.io", "^library/nginx").access, Access::Allowed);
}

TEST(RegistryPlan, AClientThatCannotTakeTheStoredTypeGetsAVariant) {
  constexpr auto kIndex = "application/vnd.oci.image.index.v1+json";
  constexpr auto kManifest = "application/vnd.oci.image.manifest.v1+json";
  const auto plan = plan_of("x/manifests/latest", kManifest);
  EXPECT_FALSE(plan.instead_of(kManifest));
  const auto other = plan.instead_of(kIndex);
  ASSERT_TRUE(other);
  EXPECT_EQ(other->key, "x/manifests/latest#oci");
  EXPECT_EQ(other->accept, kManifest);
  EXPECT_FALSE(other->instead_of(kIndex));
  EXPECT_FALSE(plan_of("x/manifests/latest", "*/*").instead_of(kIndex));
  EXPECT_FALSE(plan_of("x/manifests/" + kDigest, kManifest).instead_of(kIndex));
}

TEST(RegistryPlan, ListsKeepTheirQueryButNotTheNamespace) {
  const auto plan = plan_of("x/tags/list?n=2&ns=quay.io&last=a%2fb");
  EXPECT_EQ(plan.key, "x/tags/list?n=2&last=a%2Fb");
  EXPECT_EQ(plan.asked(), "v2/x/tags/list?n=2&last=a%2Fb");
  EXPECT_EQ(plan_of("x/manifests/latest?ns=quay.io&x=1").key, "x/manifests/latest");
}

TEST(RegistryPlan, ReferrersFallBackToATagAndThenToAnEmptyIndex) {
  const auto plan = plan_of("x/referrers/" + kDigest + "?artifactType=a%2Fb");
  EXPECT_EQ(plan.asked(), "v2/x/referrers/" + kDigest + "?artifactType=a%2Fb");
  ASSERT_TRUE(plan.fallback);
  EXPECT_EQ(plan.fallback->asked(), "v2/x/manifests/sha256-" + std::string(64, 'a'));
  EXPECT_EQ(plan.fallback->access, Access::Allowed);
  EXPECT_NE(plan.empty_body.find("\"manifests\":[]"), std::string_view::npos);
}

}  // namespace
}  // namespace artifactapi::formats
