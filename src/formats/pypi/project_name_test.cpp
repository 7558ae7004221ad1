#include "formats/pypi/project_name.h"

#include <gtest/gtest.h>

namespace artifactapi::formats::pypi {
namespace {

using Names = std::vector<std::string>;

TEST(ProjectName, IsNormalisedAsPep503Says) {
  EXPECT_EQ(normalised("Friendly-Bard"), "friendly-bard");
  EXPECT_EQ(normalised("FRIENDLY.BARD"), "friendly-bard");
  EXPECT_EQ(normalised("friendly--bard"), "friendly-bard");
  EXPECT_EQ(normalised("FrIeNdLy-._.-bArD"), "friendly-bard");
}

TEST(ProjectName, BeginsAndEndsWithALetterOrDigit) {
  for (const auto* name : {"a", "A1", "zope.interface", "a_-.b", "0"}) EXPECT_TRUE(valid_name(name)) << name;
  for (const auto* name : {"", "-a", "a.", "a b", "a/b", "%41", "\xC3\xA9"})
    EXPECT_FALSE(valid_name(name)) << name;
  EXPECT_FALSE(valid_name(std::string(kMaxNameBytes + 1, 'a')));
}

TEST(ProjectsOfFile, AWheelOrAnEggHasOne) {
  EXPECT_EQ(projects_of_file("zope.interface-8.0-cp311-cp311-linux_x86_64.whl"), Names{"zope-interface"});
  EXPECT_EQ(projects_of_file("My_Package-1.0-1-py3-none-any.whl"), Names{"my-package"});
  EXPECT_EQ(projects_of_file("setuptools-0.6c11-py2.7.egg"), Names{"setuptools"});
}

TEST(ProjectsOfFile, WhatStandsBesideAFileBelongsToItsProject) {
  EXPECT_EQ(projects_of_file("a_b-1.0-py3-none-any.whl.metadata"), Names{"a-b"});
  EXPECT_EQ(projects_of_file("a-1.0.tar.gz.asc"), Names{"a"});
}

TEST(ProjectsOfFile, ASourceDistributionMayHaveSeveral) {
  EXPECT_EQ(projects_of_file("requests-2.31.0.tar.gz"), Names{"requests"});
  EXPECT_EQ(projects_of_file("python-dateutil-2.8.2.tar.gz"), Names{"python-dateutil"});
  EXPECT_EQ(projects_of_file("backports-3-1.0-2.zip"),
            (Names{"backports-3-1-0", "backports-3", "backports"}));
  EXPECT_EQ(projects_of_file("foo-1.0-beta.tar.bz2"), Names{"foo"});
}

TEST(ProjectsOfFile, OtherNamesHaveNoneAndTheNumberIsBounded) {
  for (const auto* name : {"", "index.html", "-1.0.tar.gz", "nothing.whl", "a-b.tar.gz"}) {
    EXPECT_EQ(projects_of_file(name), Names{}) << name;
  }
  std::string many = "a";
  for (int i = 0; i < 50; ++i) many += "-" + std::to_string(i);
  EXPECT_EQ(projects_of_file(many).size(), kMostSplits);
}

}  // namespace
}  // namespace artifactapi::formats::pypi
