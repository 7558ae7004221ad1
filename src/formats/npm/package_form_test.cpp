#include "formats/npm/package_form.h"

#include <gtest/gtest.h>

#include <string>

namespace artifactapi::formats::npm {
namespace {

TEST(PackageForm, WhoInstallsNamesTheAbbreviatedOne) {
  for (const auto* accept : {
           "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8, */*",  // npm, pnpm, yarn,
                                                                                        // bun
           "application/vnd.npm.install-v1+json",
           "Application/vnd.NPM.install-v1+JSON;q=0.5",
           "application/vnd.npm.install-v1+json, application/json",
           "application/vnd.npm.install-v1+json, */*",
           "*/*, application/vnd.npm.install-v1+json",
           "application/json;q=0, application/vnd.npm.install-v1+json;q=0.001",
       }) {
    EXPECT_EQ(accepted_form(accept), PackageForm::Abbreviated) << accept;
  }
}

TEST(PackageForm, AllOthersGetTheFullOne) {
  for (const auto* accept : {
           "",
           "*/*",
           "application/json",
           "application/*",
           "text/html",
           "garbage",
           ";;;,,,",
           "application/json, application/vnd.npm.install-v1+json",
           "application/json; q=1.0, application/vnd.npm.install-v1+json; q=0.8, */*",
           "application/*, application/vnd.npm.install-v1+json;q=0.9",
           "application/vnd.npm.install-v1+json; q=0",
           "application/vnd.npm.install-v1+json; q=0, */*",
           "application/vnd.npm.install-v1+json; q=nonsense",
           "application/vnd.npm.install-v2+json",
       }) {
    EXPECT_EQ(accepted_form(accept), PackageForm::Full) << accept;
  }
}

TEST(PackageForm, AFieldTooLongSaysNothing) {
  const std::string field = "application/vnd.npm.install-v1+json";
  EXPECT_EQ(accepted_form(field + std::string(kMostAcceptBytes - field.size(), ' ')),
            PackageForm::Abbreviated);
  EXPECT_EQ(accepted_form(field + std::string(kMostAcceptBytes, ' ')), PackageForm::Full);
}

TEST(PackageForm, AnAnswerInMemoryIsForWhoWantsItsFormWhateverItCallsItself) {
  for (const auto* type : {"application/json", "application/vnd.npm.install-v1+json"}) {
    EXPECT_TRUE(suits_abbreviated(kAskForAbbreviated, type));
    EXPECT_FALSE(suits_full(kAskForAbbreviated, type));
    EXPECT_TRUE(suits_full("*/*", type));
    EXPECT_FALSE(suits_abbreviated("*/*", type));
  }
}

}  // namespace
}  // namespace artifactapi::formats::npm
