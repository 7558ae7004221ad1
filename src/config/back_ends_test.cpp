#include "config/back_ends.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace artifactapi::config {
namespace {

using Texts = std::vector<std::string>;

Settings load(const Environment& environment) {
  auto settings = load_settings({}, environment, Machine{});
  if (settings) return std::move(*settings);
  for (const auto& finding : settings.error()) ADD_FAILURE() << to_string(finding);
  return {};
}
Texts errors(const Environment& environment) {
  const auto settings = load_settings({}, environment, Machine{});
  Texts found;
  if (settings) return found;
  for (const auto& finding : settings.error()) found.push_back(to_string(finding));
  return found;
}

const Environment kPostgres = {{"DBHOST", "db"}, {"DBUSER", "u"}, {"DBNAME", "artifacts"}};
const Environment kS3 = {{"MINIO_ENDPOINT", "s3.example.com:9000"},
                         {"MINIO_ACCESS_KEY", "key"},
                         {"MINIO_SECRET_KEY", "canary"},
                         {"MINIO_BUCKET", "artifacts"}};
Environment with(Environment environment, const std::string& name, const std::string& value) {
  environment.insert_or_assign(name, value);
  return environment;
}

TEST(BackEnds, PostgresNeedsHostUserAndName) {
  const auto postgres = load(with(with(kPostgres, "DBPASS", "canary"), "DBPORT", "5433")).postgres;
  ASSERT_TRUE(postgres);
  EXPECT_EQ(postgres->host, "db");
  EXPECT_EQ(postgres->port, 5433);
  EXPECT_EQ(postgres->password.reveal(), "canary");
  EXPECT_EQ(load(kPostgres).postgres->port, 5432);
  EXPECT_EQ(errors({{"DBHOST", "db"}}),
            Texts{"DBHOST: error: PostgreSQL is half set: DBUSER, DBNAME missing"});
  EXPECT_EQ(errors({{"DBPASS", "canary"}}),
            Texts{"DBPASS: error: PostgreSQL is half set: DBHOST, DBUSER, DBNAME missing"});
  EXPECT_EQ(errors(with(kPostgres, "DBPORT", "0")),
            Texts{"DBPORT: error: bad value \"0\": not a port from 1 to 65535"});
  EXPECT_FALSE(load({{"DBPORT", "5432"}}).postgres);
}

TEST(BackEnds, RedisIsOneUrl) {
  const auto redis = load({{"REDIS_URL", "redis://me:p%40ss@r.example.com:7000/2"}}).redis;
  ASSERT_TRUE(redis);
  EXPECT_EQ(redis->address, (HostPort{"r.example.com", 7000}));
  EXPECT_EQ(redis->username, "me");
  EXPECT_EQ(redis->password.reveal(), "p@ss");
  EXPECT_EQ(redis->database, 2U);
  const auto plain = load({{"REDIS_URL", "redis://localhost"}});
  EXPECT_EQ(plain.redis->address, (HostPort{"localhost", 6379}));
  EXPECT_EQ(plain.peer_listen, (HostPort{"0.0.0.0", 8001}));
  EXPECT_EQ(
      errors({{"REDIS_URL", "rediss://:canary@h"}}),
      Texts{
          "REDIS_URL: error: rediss:// is refused: TLS to Redis is not supported (use redis:// in a trusted "
          "network or through a TLS tunnel)"});
  EXPECT_EQ(errors({{"REDIS_URL", "http://:canary@h"}}),
            Texts{"REDIS_URL: error: bad URL: the scheme is not redis"});
  EXPECT_EQ(errors({{"REDIS_URL", "redis://:canary@h/x"}}),
            Texts{"REDIS_URL: error: bad URL: the path is not a database number"});
  EXPECT_EQ(errors({{"REDIS_URL", "redis://:canary@h:x"}}),
            Texts{"REDIS_URL: error: bad URL: the port is not a number from 0 to 65535"});
}

TEST(BackEnds, S3NeedsEndpointKeysAndBucket) {
  const auto s3 = load(with(kS3, "MINIO_SECURE", "true")).s3;
  ASSERT_TRUE(s3);
  EXPECT_EQ(s3->endpoint, "s3.example.com:9000");
  EXPECT_EQ(s3->secret_key.reveal(), "canary");
  EXPECT_TRUE(s3->secure);
  EXPECT_FALSE(load(kS3).s3->secure);
  EXPECT_FALSE(load({{"MINIO_SECURE", "false"}}).s3);
  EXPECT_EQ(errors({{"MINIO_SECRET_KEY", "canary"}, {"MINIO_BUCKET", "b"}}),
            Texts{"MINIO_BUCKET: error: S3 is half set: MINIO_ENDPOINT, MINIO_ACCESS_KEY missing"});
  EXPECT_EQ(
      errors(with(kS3, "MINIO_ENDPOINT", "http://h:9000")),
      Texts{"MINIO_ENDPOINT: error: an endpoint is host:port without a scheme (MINIO_SECURE chooses https)"});
  EXPECT_EQ(errors(with(kS3, "MINIO_ENDPOINT", "h:x")).size(), 1U);
  EXPECT_EQ(errors(with(kS3, "MINIO_BUCKET", "A_b")), Texts{"MINIO_BUCKET: error: not a bucket name"});
  EXPECT_EQ(errors(with(kS3, "MINIO_SECURE", "maybe")),
            Texts{"MINIO_SECURE: error: bad value \"maybe\": neither true nor false"});
}

TEST(BackEnds, WhatThisVersionCannotUseIsNamedByItsVariable) {
  auto environment = with(kPostgres, "REDIS_URL", "redis://h");
  environment.insert(kS3.begin(), kS3.end());
  Texts found;
  for (const auto& finding : unsupported(load(environment))) found.push_back(to_string(finding));
  EXPECT_EQ(found, (Texts{"DBHOST: error: PostgreSQL is set but not supported by this version",
                          "REDIS_URL: error: Redis is set but not supported by this version",
                          "MINIO_ENDPOINT: error: S3 is set but not supported by this version"}));
}

TEST(BackEnds, ProxiesComeFromTheUsualVariables) {
  const auto proxies = load({{"HTTP_PROXY", "http://upper:1"},
                             {"http_proxy", "lower:2"},
                             {"HTTPS_PROXY", "socks5h://u:canary@s:1080"},
                             {"NO_PROXY", "localhost, .example.com,,10.0.0.0/8"}})
                           .proxies;
  EXPECT_EQ(proxies.http->url, "http://lower:2");
  EXPECT_EQ(proxies.https->url, "socks5h://s:1080");
  EXPECT_EQ(proxies.https->password.reveal(), "canary");
  EXPECT_EQ(proxies.no_proxy, (Texts{"localhost", ".example.com", "10.0.0.0/8"}));
  EXPECT_EQ(errors({{"HTTPS_PROXY", "ftp://u:canary@h"}}),
            Texts{"HTTPS_PROXY: error: bad proxy: a proxy is http, https, socks5 or socks5h"});
}

}  // namespace
}  // namespace artifactapi::config
