#include "formats/npm/layout.h"

#include "formats/npm/package_document.h"
#include "formats/npm/package_form.h"
#include "formats/npm/tarball_promise.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace artifactapi::formats::npm {
namespace {

using Texts = std::vector<std::string>;
using http::Method;

constexpr auto kInstall = "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8, */*";
const http::Url kBase = http::parse_url("https://registry.test/repo/").value();

Plan plan_of(const std::string& path, std::string_view accept = {}, Method method = Method::Get) {
  const auto canonical = http::canonicalise(path).value();
  Plan plan;
  lay_out({.path = canonical, .accept = accept, .base = kBase, .guarded = true, .method = method}, plan);
  return plan;
}

Texts keys_of(const Plan& plan) {
  Texts keys;
  for (const auto& at : plan.promised_by) keys.push_back(at.key);
  return keys;
}

TEST(NpmLayout, APackageIsMutableOpenAndRendered) {
  const auto plan = plan_of("lodash");
  EXPECT_EQ(plan.access, Access::Allowed);
  EXPECT_EQ(plan.mutability, Mutability::Mutable);
  EXPECT_FALSE(plan.builtin);  // check_mutable_updates covers it
  EXPECT_EQ(plan.key, "lodash");
  EXPECT_EQ(plan.asked(), "lodash");
  EXPECT_EQ(plan.accept, "application/json");
  EXPECT_EQ(plan.render, render_package);
  EXPECT_EQ(plan.most_bytes, kMostPackageBytes);
  EXPECT_EQ(plan.suits, suits_full);
  EXPECT_EQ(plan.word_for_404, "Not found");
  EXPECT_FALSE(plan.head->offers_download);
  ASSERT_EQ(plan.head->fixed.size(), 1U);
  EXPECT_EQ(plan.head->fixed[0].name, "Vary");
  EXPECT_EQ(plan.head->fixed[0].value, "Accept");
  EXPECT_EQ(plan_of("lodash?write=true").key, "lodash");
}

TEST(NpmLayout, TheAbbreviatedFormHasAKeyOfItsOwnAndIsNotAskedForAlone) {
  const auto plan = plan_of("lodash", kInstall);
  EXPECT_EQ(plan.key, "lodash#abbreviated");
  EXPECT_EQ(plan.asked(), "lodash");
  EXPECT_EQ(plan.path, "lodash");
  EXPECT_EQ(plan.accept, "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8, */*");
  EXPECT_EQ(plan.suits, suits_abbreviated);
  EXPECT_NE(plan.form, plan_of("lodash").form);
  EXPECT_EQ(plan.render, render_package);
}

TEST(NpmLayout, AScopedPackageIsOneInEverySpelling) {
  for (const auto* path : {"@a/b", "@a%2fb", "@a%2Fb", "%40a/b"}) {
    const auto plan = plan_of(path, kInstall);
    EXPECT_EQ(plan.key, "@a/b#abbreviated") << path;
    EXPECT_EQ(plan.asked(), "@a%2fb") << path;
    EXPECT_EQ(plan.path, "@a/b") << path;
    EXPECT_EQ(plan_of(path).key, "@a/b") << path;
  }
}

TEST(NpmLayout, AVersionHasOneForm) {
  const auto plan = plan_of("@a%2fb/1.0.0", kInstall);
  EXPECT_EQ(plan.access, Access::Allowed);
  EXPECT_EQ(plan.mutability, Mutability::Mutable);
  EXPECT_EQ(plan.key, "@a/b/1.0.0");
  EXPECT_EQ(plan.asked(), "@a%2fb/1.0.0");
  EXPECT_EQ(plan.accept, "application/json");
  EXPECT_EQ(plan.render, render_version);
  EXPECT_EQ(plan.suits, nullptr);
  EXPECT_TRUE(plan.head->fixed.empty());
  EXPECT_EQ(plan_of("lodash/latest").key, "lodash/latest");
}

TEST(NpmLayout, ATarballIsImmutableGuardedAndMayBePromised) {
  const auto plan = plan_of("lodash/-/lodash-4.17.21.tgz", kInstall);
  EXPECT_EQ(plan.access, Access::Forbidden);  // until a pattern says otherwise
  EXPECT_EQ(plan.mutability, Mutability::Immutable);
  EXPECT_EQ(plan.key, "lodash/-/lodash-4.17.21.tgz");
  EXPECT_EQ(plan.asked(), plan.key);
  EXPECT_EQ(plan.accept, "");
  EXPECT_EQ(plan.head, &kFileHead);
  EXPECT_EQ(plan.find_promise, find_promise);
  EXPECT_FALSE(plan.elsewhere);
  EXPECT_EQ(keys_of(plan), (Texts{"lodash#abbreviated", "lodash", "lodash/4.17.21"}));
  EXPECT_EQ(plan.promised_by[0].absolute, "https://registry.test/repo/lodash");
  EXPECT_EQ(plan.promised_by[1].absolute, "https://registry.test/repo/lodash");
  EXPECT_EQ(plan.promised_by[2].absolute, "https://registry.test/repo/lodash/4.17.21");
}

TEST(NpmLayout, AScopedTarballIsOneInEverySpelling) {
  for (const auto* path : {"@a/b/-/b-1.0.0.tgz", "@a%2fb/-/b-1.0.0.tgz", "@a%2Fb/-/b-1.0.0.tgz"}) {
    const auto plan = plan_of(path);
    EXPECT_EQ(plan.key, "@a/b/-/b-1.0.0.tgz") << path;
    EXPECT_EQ(plan.path, "@a/b/-/b-1.0.0.tgz") << path;
    EXPECT_EQ(keys_of(plan), (Texts{"@a/b#abbreviated", "@a/b", "@a/b/1.0.0"})) << path;
    EXPECT_EQ(plan.promised_by[0].absolute, "https://registry.test/repo/@a%2fb") << path;
    // As the link is spelled that a client follows.
    EXPECT_EQ(plan.asked(), http::canonicalise(path)->encoded) << path;
  }
}

TEST(NpmLayout, TheQueryOfATarballIsPartOfItsAddress) {
  EXPECT_EQ(plan_of("x/-/x-1.0.0.tgz?token=1").key, "x/-/x-1.0.0.tgz?token=1");
  EXPECT_EQ(plan_of("x/-/x-1.0.0.tgz?token=1").asked(), "x/-/x-1.0.0.tgz?token=1");
}

TEST(NpmLayout, ATarballWhosePathDoesNotTellItsPackageNamesIt) {
  const auto plan = plan_of("files/42?token=1&of-package=%40a%2Fb");
  EXPECT_EQ(plan.access, Access::Forbidden);
  EXPECT_EQ(plan.mutability, Mutability::Immutable);
  EXPECT_EQ(plan.key, "files/42?token=1&of-package=%40a%2Fb");
  EXPECT_EQ(plan.asked(), "files/42?token=1");
  EXPECT_EQ(plan.path, "files/42");
  EXPECT_EQ(keys_of(plan), (Texts{"@a/b#abbreviated", "@a/b"}));
  EXPECT_EQ(plan_of("files/42?of-package=x").asked(), "files/42");
  // It opens nothing that is refused otherwise.
  EXPECT_EQ(plan_of("-/npm/v1/tokens?of-package=x").access, Access::NoSuchPath);
  EXPECT_EQ(plan_of("lodash?of-package=").render, render_package);
  EXPECT_EQ(plan_of("lodash?of-package=x&y=1").render, render_package);
  EXPECT_EQ(plan_of("lodash?of-package=a%2Fb").render, render_package);
}

TEST(NpmLayout, PatternsSeeTheOriginalPathOfTarballsElsewhere) {
  const auto plan = plan_of("-/at/0123456789abcdef/@a%2Fb/-/b-1.0.0.tgz");
  EXPECT_EQ(plan.path, "@a/b/-/b-1.0.0.tgz");
  EXPECT_EQ(plan.key, "-/at/0123456789abcdef/@a/b/-/b-1.0.0.tgz");
  EXPECT_TRUE(plan.elsewhere);
  EXPECT_EQ(plan.access, Access::Forbidden);
  EXPECT_EQ(plan.mutability, Mutability::Immutable);
  EXPECT_EQ(keys_of(plan), (Texts{"@a/b#abbreviated", "@a/b", "@a/b/1.0.0"}));
  const auto named = plan_of("-/at/0123456789abcdef/blob/42?of-package=x");
  EXPECT_EQ(named.path, "blob/42");
  EXPECT_EQ(keys_of(named), (Texts{"x#abbreviated", "x"}));
  // Whatever lies elsewhere is a file, unless a document could name it as something else.
  EXPECT_EQ(plan_of("-/at/0123456789abcdef/lodash").mutability, Mutability::Immutable);
  EXPECT_TRUE(plan_of("-/at/0123456789abcdef/-/npm/v1/tokens").elsewhere);
}

TEST(NpmLayout, AttestationsAreMutableAndMayLieElsewhere) {
  const auto plan = plan_of("-/npm/v1/attestations/@a%2fb@1.0.0");
  EXPECT_EQ(plan.access, Access::Allowed);
  EXPECT_EQ(plan.mutability, Mutability::Mutable);
  EXPECT_EQ(plan.key, "-/npm/v1/attestations/@a/b@1.0.0");
  EXPECT_EQ(plan.asked(), "-/npm/v1/attestations/@a%2fb@1.0.0");
  EXPECT_EQ(plan.find_promise, nullptr);
  const auto elsewhere = plan_of("-/at/0123456789abcdef/-/npm/v1/attestations/@a%2fb@1.0.0");
  EXPECT_EQ(elsewhere.access, Access::Allowed);
  EXPECT_EQ(elsewhere.mutability, Mutability::Mutable);
  EXPECT_EQ(elsewhere.key, "-/at/0123456789abcdef/-/npm/v1/attestations/@a/b@1.0.0");
  EXPECT_TRUE(elsewhere.elsewhere);
  EXPECT_EQ(keys_of(elsewhere), (Texts{"@a/b#abbreviated", "@a/b"}));
}

TEST(NpmLayout, OlderClientsRepeatThePathOfAttestations) {
  EXPECT_EQ(plan_of("api/v1/remote/npm/-/npm/v1/attestations/x@1.0.0").key, "-/npm/v1/attestations/x@1.0.0");
  EXPECT_EQ(plan_of("api/v1/remote/npm/-/at/0123456789abcdef/-/npm/v1/attestations/x@1.0.0").key,
            "-/at/0123456789abcdef/-/npm/v1/attestations/x@1.0.0");
  EXPECT_EQ(plan_of("x-/npm/v1/attestations/y").key, "x-/npm/v1/attestations/y");
}

TEST(NpmLayout, ASearchIsKeptForWhatItAsks) {
  const auto plan = plan_of("-/v1/search?text=left+pad&size=20&_=123&from=0&popularity=0.5");
  EXPECT_EQ(plan.access, Access::Allowed);
  EXPECT_EQ(plan.mutability, Mutability::Mutable);
  EXPECT_EQ(plan.key, "-/v1/search?text=left+pad&size=20&from=0&popularity=0.5");
  EXPECT_EQ(plan.asked(), plan.key);
  EXPECT_EQ(plan.render, nullptr);
  EXPECT_EQ(plan_of("-/v1/search").key, "-/v1/search");
}

TEST(NpmLayout, EverythingElseIsMutableAndHandedThrough) {
  for (const auto* path : {"", "-/all", "-/ping", "-/whoami", "-/npm/v1/keys", "-/anything/else", "a/b/c",
                           "-/all/since?startkey=1"}) {
    const auto plan = plan_of(path);
    EXPECT_EQ(plan.access, Access::Allowed) << path;
    EXPECT_EQ(plan.mutability, Mutability::Mutable) << path;
    EXPECT_EQ(plan.key, path);
    EXPECT_EQ(plan.asked(), path);
    EXPECT_EQ(plan.render, nullptr) << path;
    EXPECT_EQ(plan.find_promise, nullptr) << path;
  }
  EXPECT_EQ(plan_of("-/package/@a%2Fb/dist-tags").key, "-/package/@a/b/dist-tags");
  EXPECT_EQ(plan_of("-/package/@a/b/dist-tags").asked(), "-/package/@a%2fb/dist-tags");
}

TEST(NpmLayout, WhatNobodyCanHaveIsRefused) {
  for (const auto& path : Texts{"a%2fb", std::string(300, 'n'), "-/npm/v1/tokens", "-/npm/v1/user",
                                "-/user/org.couchdb.user:me"}) {
    const auto plan = plan_of(path);
    EXPECT_EQ(plan.access, Access::NoSuchPath) << path;
    EXPECT_EQ(plan.refused.status, 404) << path;
    EXPECT_EQ(plan.refused.word, "Not found") << path;
  }
}

TEST(NpmLayout, AuditsAreForwarded) {
  for (const auto* path :
       {"-/npm/v1/security/advisories/bulk", "-/npm/v1/security/audits", "-/npm/v1/security/audits/quick"}) {
    const auto plan = plan_of(path, {}, Method::Post);
    EXPECT_TRUE(plan.forward) << path;
    EXPECT_EQ(plan.access, Access::Allowed) << path;
    EXPECT_EQ(plan.target, path);
    EXPECT_EQ(plan.path, path);
    EXPECT_FALSE(plan_of(path).forward) << path;
  }
}

TEST(NpmLayout, OtherMethodsMeanNothing) {
  for (const auto method : {Method::Post, Method::Put, Method::Delete, Method::Patch, Method::Other}) {
    for (const auto* path : {"lodash", "-/v1/login", "-/user/org.couchdb.user:me", "-/npm/v1/security/other",
                             "lodash/-/lodash-1.0.0.tgz"}) {
      const auto plan = plan_of(path, {}, method);
      EXPECT_FALSE(plan.forward) << path;
      EXPECT_EQ(plan.access, Access::Forbidden) << path;
    }
  }
  EXPECT_EQ(plan_of("lodash", {}, Method::Head).key, "lodash");
  EXPECT_FALSE(plan_of("-/npm/v1/security/audits", {}, Method::Put).forward);
}

}  // namespace
}  // namespace artifactapi::formats::npm
