#include "formats/pypi/layout.h"

#include "formats/pypi/file_promise.h"
#include "formats/pypi/page_rendition.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace artifactapi::formats::pypi {
namespace {

using Keys = std::vector<std::string>;

constexpr auto kPypiOrg = "https://files.pythonhosted.org";
constexpr auto kPip =
    "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01";

Plan plan_of(const std::string& path, std::string_view accept = {},
             const char* base = "https://index.test/root", std::string_view index_url = {}) {
  const auto url = http::parse_url(base).value();
  const auto canonical = http::canonicalise(path).value();
  Plan plan;
  lay_out({.path = canonical, .accept = accept, .base = url, .guarded = true, .index_url = index_url}, plan);
  return plan;
}

Keys keys_of(const Plan& plan) {
  Keys keys;
  for (const auto& at : plan.promised_by) keys.push_back(at.key);
  return keys;
}

TEST(PypiLayout, APageIsMutableOpenAndRenderedInTheClientsForm) {
  const auto plan = plan_of("simple/requests/", kPip);
  EXPECT_EQ(plan.access, Access::Allowed);
  EXPECT_EQ(plan.mutability, Mutability::Mutable);
  EXPECT_FALSE(plan.builtin);  // check_mutable_updates covers it
  EXPECT_EQ(plan.key, "simple/requests/");
  EXPECT_EQ(plan.asked(), "simple/requests/");
  EXPECT_EQ(plan.absolute, "");
  EXPECT_EQ(plan.form, "json");
  EXPECT_EQ(plan.render, render_page);
  EXPECT_TRUE(plan.accept.starts_with("application/vnd.pypi.simple.v1+json,"));
  EXPECT_EQ(plan_of("simple/requests/").form, "html");
  EXPECT_EQ(plan_of("simple/requests/").key, plan.key);
  EXPECT_EQ(plan_of("simple/requests/?format=application/vnd.pypi.simple.v1+json").form, "json");
  EXPECT_EQ(plan_of("simple/requests/?format=html", kPip).form, "html");
}

TEST(PypiLayout, PagesAreAskedOfTheIndex) {
  EXPECT_EQ(plan_of("simple/requests/", kPip, kPypiOrg).absolute, "https://pypi.org/simple/requests/");
  EXPECT_EQ(plan_of("simple/", kPip, kPypiOrg).absolute, "https://pypi.org/simple/");
  EXPECT_EQ(
      plan_of("simple/torch/", kPip, "https://download.example/whl", "https://download.example/whl/cu130")
          .absolute,
      "https://download.example/whl/cu130/torch/");
  EXPECT_EQ(plan_of("simple/x/", kPip, kPypiOrg, "https://test.pypi.org/simple/").absolute,
            "https://test.pypi.org/simple/x/");
}

TEST(PypiLayout, OtherSpellingsAreRedirected) {
  EXPECT_EQ(plan_of("simple").redirect, "simple/");
  EXPECT_EQ(plan_of("simple/requests").redirect, "simple/requests/");
  EXPECT_EQ(plan_of("simple/Zope.Interface/").redirect, "simple/zope-interface/");
  EXPECT_EQ(plan_of("simple/a__b?format=json").redirect, "simple/a-b/?format=json");
  EXPECT_EQ(plan_of("pypi/Django/json").redirect, "pypi/django/json");
  EXPECT_EQ(plan_of("pypi/Django/4.0/json").redirect, "pypi/django/4.0/json");
  EXPECT_EQ(plan_of("simple/requests/").redirect, "");
  EXPECT_EQ(plan_of("simple/Requests").access, Access::Allowed);
}

TEST(PypiLayout, WhatNobodyCanHaveIsRefused) {
  EXPECT_EQ(plan_of("simple/-a/").access, Access::NoSuchPath);
  EXPECT_EQ(plan_of("simple/-a/").refused.status, 404);
  for (const auto* path : {"simple/a/", "simple/"}) {
    EXPECT_EQ(plan_of(path, "application/json").access, Access::NoSuchPath);
    EXPECT_EQ(plan_of(path, "application/json").refused.status, 406);
  }
  EXPECT_EQ(plan_of("simple/a/?format=xml").refused.status, 406);
}

TEST(PypiLayout, TheRootIsKeptForEachForm) {
  EXPECT_EQ(plan_of("simple/").key, "simple/");
  EXPECT_EQ(plan_of("simple/").accept, "text/html");
  const auto json = plan_of("simple/", kPip);
  EXPECT_EQ(json.key, "simple/#json");
  EXPECT_EQ(json.asked(), "simple/");
  EXPECT_EQ(json.render, nullptr);
}

TEST(PypiLayout, TheOlderJsonLiesBesideTheIndex) {
  const auto plan = plan_of("pypi/django/json", {}, kPypiOrg);
  EXPECT_EQ(plan.absolute, "https://pypi.org/pypi/django/json");
  EXPECT_EQ(plan.render, render_project_json);
  EXPECT_EQ(plan.access, Access::Allowed);
  EXPECT_EQ(plan_of("pypi/django/4.0/json", {}, kPypiOrg).absolute, "https://pypi.org/pypi/django/4.0/json");
  EXPECT_EQ(plan_of("pypi/x/json", {}, "https://a.test", "https://b.test/whl/").absolute, "");
}

TEST(PypiLayout, AFileIsImmutableGuardedAndMayBePromised) {
  const auto plan = plan_of("packages/ab/demo-1.0-py3-none-any.whl");
  EXPECT_EQ(plan.mutability, Mutability::Immutable);
  EXPECT_EQ(plan.access, Access::Forbidden);  // until a pattern says otherwise
  EXPECT_EQ(plan.key, "packages/ab/demo-1.0-py3-none-any.whl");
  EXPECT_EQ(keys_of(plan), (Keys{"simple/demo/", "pypi/demo/json"}));
  EXPECT_EQ(plan.find_promise, find_promise);
  EXPECT_EQ(plan.promised_by.front().absolute, "");
  EXPECT_EQ(plan_of("packages/demo-1.0.zip", {}, kPypiOrg).promised_by.front().absolute,
            "https://pypi.org/simple/demo/");
  EXPECT_EQ(plan_of("simple/demo/demo-1.0.tar.gz").mutability, Mutability::Immutable);
  EXPECT_EQ(plan_of("packages/a-1.0.zip?token=1").key, "packages/a-1.0.zip?token=1");
}

TEST(PypiLayout, MetadataIsAllowedWhereItsFileIs) {
  const auto plan = plan_of("packages/demo-1.0-py3-none-any.whl.metadata");
  EXPECT_EQ(plan.key, "packages/demo-1.0-py3-none-any.whl.metadata");
  EXPECT_EQ(plan.path, "packages/demo-1.0-py3-none-any.whl");
  EXPECT_EQ(keys_of(plan), (Keys{"simple/demo/", "pypi/demo/json"}));
  EXPECT_FALSE(plan.head->offers_download);
}

TEST(PypiLayout, AnAnswerInMemoryIsForWhoAcceptsItsForm) {
  const auto suits = plan_of("simple/requests/").suits;
  ASSERT_NE(suits, nullptr);
  EXPECT_TRUE(suits(kPip, "application/vnd.pypi.simple.v1+json"));
  EXPECT_FALSE(suits(kPip, "text/html; charset=utf-8"));
  EXPECT_TRUE(suits("", "text/html; charset=utf-8"));
  EXPECT_FALSE(suits("application/json", "text/html; charset=utf-8"));
}

TEST(PypiLayout, PatternsSeeTheOriginalPathOfFilesElsewhere) {
  const auto plan = plan_of("-/at/0123456789abcdef/packages/demo-1.0.tar.gz");
  EXPECT_EQ(plan.path, "packages/demo-1.0.tar.gz");
  EXPECT_EQ(plan.key, "-/at/0123456789abcdef/packages/demo-1.0.tar.gz");
  EXPECT_TRUE(plan.elsewhere);
  EXPECT_FALSE(plan_of("packages/demo-1.0.tar.gz").elsewhere);
  EXPECT_EQ(keys_of(plan), (Keys{"simple/demo/", "pypi/demo/json"}));
}

TEST(PypiLayout, ProvenanceIsADocumentOfTheIndex) {
  const std::string path = "integrity/demo/1.0/demo-1.0.tar.gz/provenance";
  const auto elsewhere = plan_of("-/at/0123456789abcdef/" + path, {}, kPypiOrg);
  EXPECT_EQ(elsewhere.access, Access::Allowed);
  EXPECT_EQ(elsewhere.mutability, Mutability::Mutable);
  EXPECT_EQ(keys_of(elsewhere), (Keys{"simple/demo/", "pypi/demo/json"}));
  EXPECT_EQ(elsewhere.absolute, "");
  EXPECT_EQ(plan_of(path, {}, kPypiOrg).absolute, "https://pypi.org/" + path);
}

}  // namespace
}  // namespace artifactapi::formats::pypi
