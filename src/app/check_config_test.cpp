#include "app/check_config.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>
#include <unistd.h>

namespace artifactapi::app {
namespace {

constexpr std::array<config::PackageType, 2> kTypes = {{{"generic", true}, {"later", false}}};

class CheckConfig : public testing::Test {
 protected:
  void SetUp() override {
    path_ = testing::TempDir() + "remotes-XXXXXX";
    const int descriptor = mkstemp(path_.data());
    ASSERT_GE(descriptor, 0);
    close(descriptor);
  }
  void TearDown() override { std::remove(path_.c_str()); }

  int run(const std::string& yaml, const config::Environment& environment = {}) {
    std::ofstream(path_) << yaml;
    return check_config({{"config", path_}}, environment, kTypes, out_, err_);
  }

  std::string path_;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(CheckConfig, AGoodFileIsFine) {
  EXPECT_EQ(run("remotes: {a: {type: local, package: generic}}"), 0);
  EXPECT_EQ(out_.str(), path_ + ": fine: 1 repository, 0 warnings\n");
  EXPECT_EQ(err_.str(), "");
}

TEST_F(CheckConfig, WarningsAreShownAndStillFine) {
  EXPECT_EQ(run("remotes: {a: {type: local, package: later}}"), 0);
  EXPECT_EQ(out_.str(), path_ + ": fine: 1 repository, 1 warning\n");
  EXPECT_EQ(err_.str(),
            path_ + ":1:37: warning: package type \"later\" is not built yet: its requests answer 501\n");
}

TEST_F(CheckConfig, ErrorsOfFileAndEnvironmentAreShownTogether) {
  EXPECT_EQ(run("remotes: {a: {type: local, package: nope}}", {{"DBHOST", "h"}}), 1);
  EXPECT_EQ(out_.str(), path_ + ": not usable: 2 errors, 0 warnings\n");
  EXPECT_NE(err_.str().find("DBHOST: error: PostgreSQL is half set"), std::string::npos);
  EXPECT_NE(err_.str().find(":1:37: error: unknown package type"), std::string::npos);
}

TEST_F(CheckConfig, WhatIsNotSupportedStopsTheStart) {
  EXPECT_EQ(run("remotes: {}", {{"REDIS_URL", "redis://h"}}), 1);
  EXPECT_NE(err_.str().find("REDIS_URL: error: Redis is set but not supported"), std::string::npos);
}

TEST_F(CheckConfig, TheFileMayBeNamedByTheVariable) {
  EXPECT_EQ(check_config({}, {{"ARTIFACTAPI_CONFIG", "/no/such"}}, kTypes, out_, err_), 1);
  EXPECT_EQ(err_.str(), "/no/such: error: the file cannot be opened\n");
}

}  // namespace
}  // namespace artifactapi::app
