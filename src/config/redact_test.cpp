#include "config/redact.h"

#include "config/load.h"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include <array>
#include <string>

namespace artifactapi::config {
namespace {

constexpr std::array<PackageType, 1> kTypes = {{{"generic", true}}};

std::string view(const std::string& yaml, const Environment& environment = {}) {
  const auto remotes = load_remotes(yaml, "remotes.yaml", kTypes, environment);
  const auto settings = load_settings({}, environment, Machine{});
  EXPECT_TRUE(remotes && settings);
  return remotes && settings ? redacted_json(*remotes, *settings) : "";
}

TEST(Redact, NoSecretAppears) {
  const Environment environment = {{"DBHOST", "db"},
                                   {"DBUSER", "u"},
                                   {"DBNAME", "n"},
                                   {"DBPASS", "canary-1"},
                                   {"REDIS_URL", "redis://me:canary-2@h"},
                                   {"MINIO_ENDPOINT", "h:9000"},
                                   {"MINIO_ACCESS_KEY", "key"},
                                   {"MINIO_SECRET_KEY", "canary-3"},
                                   {"MINIO_BUCKET", "bucket"},
                                   {"ARTIFACTAPI_ADMIN_TOKEN", "canary-4"},
                                   {"HTTP_PROXY", "http://canary-5:canary-6@p:3128"},
                                   {"HTTPS_PROXY", "http://canary-7@p:3128"},
                                   {"TOKEN", "canary-8"}};
  const auto json = view(R"(remotes:
  a: {package: generic, base_url: "https://joe:canary-a@h", proxy: "http://canary-b:canary-c@p"}
  b: {package: generic, base_url: "https://canary-d@h", headers: {Authorization: "Bearer canary-e"}}
  c: {package: generic, base_url: "https://h", username: joe, password: "${TOKEN}"}
)",
                         environment);
  EXPECT_EQ(json.find("canary"), std::string::npos) << json;
  const auto root = boost::json::parse(json).as_object();
  const auto& settings = root.at("settings").as_object();
  EXPECT_EQ(settings.at("admin_token").as_string(), "***");
  EXPECT_EQ(settings.at("postgresql").at("password").as_string(), "***");
  EXPECT_EQ(settings.at("redis").at("password").as_string(), "***");
  EXPECT_EQ(settings.at("s3").at("secret_key").as_string(), "***");
  EXPECT_EQ(settings.at("proxies").at("http").as_string(), "http://***@p:3128");
  const auto& remotes = root.at("remotes").as_object();
  EXPECT_EQ(remotes.at("a").at("username").as_string(), "***");
  EXPECT_EQ(remotes.at("a").at("password").as_string(), "***");
  EXPECT_EQ(remotes.at("a").at("base_url").as_string(), "https://h");
  EXPECT_EQ(remotes.at("b").at("username").as_string(), "***");
  EXPECT_EQ(remotes.at("b").at("headers").at("Authorization").as_string(), "***");
}

TEST(Redact, ShowsWhatTheFileSaysInItsOrder) {
  const auto root = boost::json::parse(view(R"(remotes:
  z: {package: generic, base_url: "https://h/x", immutable_patterns: ['a\.b'], check_mutable_updates: all,
      stale_on: [429], query: [ref], cache: {mutable_ttl: 1m, stale_retry: 5s}, proxy: direct}
  a: {type: local, package: generic, allow_overwrite: true}
)"))
                        .as_object();
  const auto& remotes = root.at("remotes").as_object();
  EXPECT_EQ(remotes.begin()->key(), "z");
  const auto& z = remotes.at("z");
  EXPECT_EQ(z.at("type").as_string(), "remote");
  EXPECT_EQ(z.at("immutable_patterns").as_array().at(0).as_string(), "a\\.b");
  EXPECT_EQ(z.at("check_mutable_updates").as_string(), "all");
  EXPECT_EQ(z.at("stale_on").as_array().at(0).as_int64(), 429);
  EXPECT_EQ(z.at("query").as_array().at(0).as_string(), "ref");
  EXPECT_EQ(z.at("cache").at("mutable_ttl").as_int64(), 60);
  EXPECT_EQ(z.at("cache").at("stale_retry").as_int64(), 5);
  EXPECT_EQ(z.at("proxy").as_string(), "direct");
  EXPECT_TRUE(z.at("password").is_null());
  EXPECT_EQ(remotes.at("a").at("type").as_string(), "local");
  EXPECT_FALSE(remotes.at("a").as_object().contains("base_url"));
  EXPECT_TRUE(remotes.at("a").at("allow_overwrite").as_bool());
  EXPECT_EQ(root.at("settings").at("listen").as_string(), "0.0.0.0:8000");
}

}  // namespace
}  // namespace artifactapi::config
