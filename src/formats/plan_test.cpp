#include "formats/plan.h"

#include "formats/format.h"

#include <gtest/gtest.h>

namespace artifactapi::formats {
namespace {

Planner::Patterns compile(std::initializer_list<const char*> sources) {
  Planner::Patterns patterns;
  for (const auto* source : sources) {
    patterns.push_back(std::make_shared<const Pattern>(Pattern::compile(source).value()));
  }
  return patterns;
}

Plan plan_of(std::string_view type, Planner::Patterns immutable, Planner::Patterns changing,
             std::string_view path, http::QueryRule::Kind query = http::QueryRule::Kind::Keep) {
  http::QueryRule rule;
  rule.kind = query;
  const auto planner = Planner::make(*find(type), std::move(immutable), std::move(changing), rule);
  return planner.value().plan(http::canonicalise(path).value());
}

TEST(Plan, WithoutImmutablePatternsEveryPathIsAllowedAndImmutable) {
  const auto plan = plan_of("generic", {}, {}, "a/b.zip");
  EXPECT_EQ(plan.access, Access::Allowed);
  EXPECT_EQ(plan.mutability, Mutability::Immutable);
  EXPECT_EQ(plan.key, "a/b.zip");
}

TEST(Plan, NoPatternMeansForbidden) {
  EXPECT_EQ(plan_of("generic", compile({"\\.zip$"}), {}, "a/b.exe").access, Access::Forbidden);
  EXPECT_EQ(plan_of("generic", compile({"\\.zip$"}), {}, "a/b.zip").access, Access::Allowed);
}

TEST(Plan, MutableBeatsImmutableAndOpensThePath) {
  EXPECT_EQ(plan_of("generic", compile({".*"}), compile({"latest"}), "latest.zip").mutability,
            Mutability::Mutable);
  const auto opened = plan_of("generic", compile({"\\.deb$"}), compile({"InRelease$"}), "dists/x/InRelease");
  EXPECT_EQ(opened.access, Access::Allowed);
  EXPECT_FALSE(opened.builtin);
}

TEST(Plan, ATypesOwnRuleCountsAsBuiltInAlsoWhenAUsersPatternMatchesToo) {
  const auto plan =
      plan_of("alpine", compile({"\\.apk$"}), compile({"APKINDEX"}), "v3/main/x86_64/APKINDEX.tar.gz");
  EXPECT_EQ(plan.access, Access::Allowed);
  EXPECT_EQ(plan.mutability, Mutability::Mutable);
  EXPECT_TRUE(plan.builtin);
}

TEST(Plan, RpmMetadataIsMutableAndPackagesAreNot) {
  for (const auto* path :
       {"9/os/repodata/repomd.xml", "9/os/repodata/repomd.xml.asc", "r/repodata/abc-primary.xml.gz",
        "r/repodata/abc-primary.sqlite.bz2", "r/repodata/x-modules.yaml.gz", "r/Packages.gz",
        "r/repodata/productid.txt", "r/repodata/abc-filelists.xml.zck"}) {
    EXPECT_EQ(plan_of("rpm", compile({"\\.rpm$"}), {}, path).mutability, Mutability::Mutable) << path;
  }
  EXPECT_EQ(plan_of("rpm", compile({"\\.rpm$"}), {}, "r/a.rpm").mutability, Mutability::Immutable);
  EXPECT_EQ(plan_of("rpm", compile({"\\.rpm$"}), {}, "r/repodata/evil.sh").access, Access::Forbidden);
}

TEST(Plan, APatternThatRunsIntoItsLimitRefuses) {
  const auto plan = plan_of("generic", compile({"^(a+)+$"}), {}, std::string(60, 'a') + "!");
  EXPECT_EQ(plan.access, Access::Undecided);
  EXPECT_EQ(plan.limit_hit, "^(a+)+$");
}

TEST(Plan, TheQueryIsPartOfTheKeyOnlyWhereItMeansSomething) {
  EXPECT_EQ(plan_of("generic", {}, {}, "a?b=1").key, "a?b=1");
  EXPECT_EQ(plan_of("generic", {}, {}, "a?b=1", http::QueryRule::Kind::Drop).key, "a");
}

TEST(Plan, PatternsSeeTheDecodedPathWithoutQuery) {
  EXPECT_EQ(plan_of("generic", compile({"^a b$"}), {}, "a%20b?c=d").access, Access::Allowed);
  EXPECT_EQ(plan_of("generic", compile({"c=d"}), {}, "a?c=d").access, Access::Forbidden);
}

// Each document that a file's plan names is planned as the one with that key, in that form.
TEST(Plan, TheDocumentsOfAFileHavePlans) {
  const std::pair<const char*, const char*> files[] = {{"npm", "left-pad/-/left-pad-1.0.0.tgz"},
                                                       {"npm", "@a/b/-/b-1.0.0.tgz"},
                                                       {"npm", "-/at/0123456789abcdef/@a/b/-/b-1.0.0.tgz"},
                                                       {"pypi", "packages/x/demo_pkg-1-py3-none-any.whl"},
                                                       {"pypi", "packages/x/demo-pkg-1.tar.gz"},
                                                       {"helm", "charts/demo-1.tgz"}};
  for (const auto& [type, path] : files) {
    const auto base = http::parse_url("https://upstream.test/").value();
    const auto planner = Planner::make(*find(type), {}, {}, {}, base).value();
    const auto plan = planner.plan(http::canonicalise(path).value());
    EXPECT_FALSE(plan.promised_by.empty()) << path;
    for (const auto& at : plan.promised_by) {
      const auto document = planner.plan_of(at);
      ASSERT_TRUE(document) << at.key;
      EXPECT_EQ(document->key, at.key);
      EXPECT_NE(document->each_promise, nullptr) << at.key;
    }
  }
}

TEST(Plan, WhatMayNotBeAskedForHasNone) {
  const auto planner = Planner::make(*find("generic"), compile({"^a$"}), {}, {}).value();
  EXPECT_TRUE(planner.plan_of({"a", {}}));
  EXPECT_FALSE(planner.plan_of({"b", {}}));
  EXPECT_FALSE(planner.plan_of({"a/../a", {}}));
}

TEST(Formats, EachIsFoundByItsName) {
  for (const auto* format : all()) EXPECT_EQ(find(format->name), format);
  EXPECT_EQ(find("unheard-of"), nullptr);
}

}  // namespace
}  // namespace artifactapi::formats
