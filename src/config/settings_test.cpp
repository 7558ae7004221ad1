#include "config/settings.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <set>
#include <string>
#include <unistd.h>
#include <vector>

namespace artifactapi::config {
namespace {

constexpr Machine kMachine{.cpus = 4, .memory_bytes = 2ULL << 30U};

Settings load(const FlagMap& flags, const Environment& environment = {}) {
  auto settings = load_settings(flags, environment, kMachine);
  if (settings) return std::move(*settings);
  for (const auto& finding : settings.error()) ADD_FAILURE() << to_string(finding);
  return {};
}
std::vector<std::string> errors(const FlagMap& flags, const Environment& environment = {}) {
  const auto settings = load_settings(flags, environment, kMachine);
  std::vector<std::string> found;
  if (settings) return found;
  for (const auto& finding : settings.error()) found.push_back(to_string(finding));
  return found;
}
using Texts = std::vector<std::string>;

TEST(Settings, DefaultsComeFromTheMachine) {
  const auto settings = load({});
  EXPECT_EQ(settings.config_path, "remotes.yaml");
  EXPECT_EQ(settings.listen, (HostPort{"0.0.0.0", 8000}));
  EXPECT_EQ(settings.data_dir, "data");
  EXPECT_EQ(settings.disk_limit.of(1000), 900U);
  EXPECT_EQ(settings.memory_cache_bytes, 256ULL << 20U);
  EXPECT_EQ(settings.threads, 4U);
  EXPECT_EQ(settings.max_fills, 1000U);
  EXPECT_EQ(settings.max_origin_connections, 64U);
  EXPECT_FALSE(settings.admin_token || settings.log_format || settings.peer_listen);
  EXPECT_FALSE(settings.postgres || settings.redis || settings.s3);
  EXPECT_FALSE(settings.trusted_proxies.empty());
  EXPECT_TRUE(unsupported(settings).empty());
  const auto big = load_settings({}, {}, {.cpus = 64, .memory_bytes = 64ULL << 30U});
  EXPECT_EQ(big->memory_cache_bytes, 1ULL << 30U);
}

TEST(Settings, AFlagBeatsAVariableWhichBeatsTheDefault) {
  const Environment environment = {{"ARTIFACTAPI_LISTEN", "127.0.0.1:1"}, {"ARTIFACTAPI_THREADS", "7"}};
  const auto settings = load({{"listen", "[::1]:0"}}, environment);
  EXPECT_EQ(settings.listen, (HostPort{"::1", 0}));
  EXPECT_EQ(settings.threads, 7U);
}

TEST(Settings, EmptyAndUnknownVariablesAreIgnored) {
  const auto settings = load({}, {{"ARTIFACTAPI_LISTEN", ""},
                                  {"ARTIFACTAPI_PORT", "tcp://10.0.0.1:8000"},
                                  {"ARTIFACTAPI_SERVICE_HOST", "10.0.0.1"},
                                  {"DBHOST", ""}});
  EXPECT_EQ(settings.listen.port, 8000);
}

TEST(Settings, EveryRowIsReadFromItsFlagAndItsVariable) {
  const auto given = [](std::string_view flag) -> std::string {
    if (flag.ends_with("timeout")) return "1500ms";
    if (flag == "verify-every") return "2h";
    if (flag == "listen" || flag == "peer-listen") return ":9";
    if (flag == "public-url") return "https://example.com/x/";
    if (flag == "trusted-proxies") return "192.0.2.0/24";
    if (flag == "disk-limit" || flag == "memory-cache") return "1MiB";
    if (flag == "threads" || flag.starts_with("max-")) return "3";
    if (flag == "log-format") return "json";
    if (flag == "log-level") return "debug";
    return "value";
  };
  FlagMap flags;
  Environment environment;
  for (const auto& row : setting_rows()) {
    if (row.flag == "admin-token-file") continue;
    flags.emplace(row.flag, given(row.flag));
    environment.emplace(row.variable, given(row.flag));
  }
  for (const auto& settings : {load(flags), load({}, environment)}) {
    EXPECT_EQ(settings.config_path, "value");
    EXPECT_EQ(settings.listen, (HostPort{"0.0.0.0", 9}));
    EXPECT_EQ(settings.data_dir, "value");
    EXPECT_EQ(settings.public_url, "https://example.com/x");
    EXPECT_EQ(settings.trusted_proxies.size(), 1U);
    EXPECT_EQ(settings.disk_limit.bytes, 1U << 20U);
    EXPECT_EQ(settings.memory_cache_bytes, 1U << 20U);
    EXPECT_EQ(settings.verify_every, Seconds(7200));
    EXPECT_EQ(settings.threads + settings.max_fills + settings.max_origin_connections, 9U);
    EXPECT_EQ(settings.tls_cert + settings.tls_key + settings.advertise, "valuevaluevalue");
    EXPECT_EQ(settings.log_format, LogFormat::Json);
    EXPECT_EQ(settings.log_level, LogLevel::Debug);
    EXPECT_EQ(settings.peer_listen, (HostPort{"0.0.0.0", 9}));
    const auto& t = settings.timeouts;
    for (const auto span : {t.header, t.idle, t.write_stall, t.drain, t.upstream_connect,
                            t.upstream_first_byte, t.upstream_idle}) {
      EXPECT_EQ(span, Milliseconds(1500));
    }
  }
}

TEST(Settings, FlagsAndVariablesHaveMatchingNames) {
  std::set<std::string_view> seen;
  for (const auto& row : setting_rows()) {
    std::string name = "ARTIFACTAPI_";
    for (const char c : row.flag) name += c == '-' ? '_' : static_cast<char>(c - 0x20);
    EXPECT_EQ(row.variable, name);
    EXPECT_TRUE(seen.insert(row.flag).second);
    EXPECT_FALSE(row.help.empty() || row.fallback.empty() || row.value.empty());
  }
}

TEST(Settings, BadValuesAreAllReportedWithTheirSource) {
  EXPECT_EQ(errors({{"listen", "nowhere"}, {"threads", "0"}, {"lisen", "x"}, {"data-dir", ""}},
                   {{"ARTIFACTAPI_DISK_LIMIT", "most"}}),
            (Texts{"--lisen: error: unknown flag (did you mean \"listen\"?)",
                   "--listen: error: bad value \"nowhere\": the port is missing",
                   "--data-dir: error: the value is empty",
                   "ARTIFACTAPI_DISK_LIMIT: error: bad value \"most\": not a size such as 512MiB or 10GiB",
                   "--threads: error: bad value \"0\": not a number from 1 to 1024"}));
  for (const auto& [flag, text] : FlagMap{{"log-format", "xml"},
                                          {"log-level", "loud"},
                                          {"public-url", "ftp://x"},
                                          {"disk-limit", "0"},
                                          {"idle-timeout", "0"},
                                          {"verify-every", "1500ms"},
                                          {"trusted-proxies", "10.0.0.0/99"},
                                          {"max-fills", "-1"},
                                          {"memory-cache", "50%"},
                                          {"peer-listen", "h:99999"},
                                          {"advertise", "a b"}}) {
    EXPECT_EQ(errors({{flag, text}}).size(), 1U) << flag;
  }
  EXPECT_EQ(errors({{"public-url", "https://u:canary@h/"}}),
            Texts{"--public-url: error: bad value: a public URL holds no credentials"});
}

TEST(Settings, TlsNeedsBothFiles) {
  EXPECT_EQ(errors({{"tls-cert", "a"}}), Texts{"--tls-cert: error: TLS is half set: --tls-key missing"});
  EXPECT_EQ(errors({}, {{"ARTIFACTAPI_TLS_KEY", "a"}}),
            Texts{"--tls-key: error: TLS is half set: --tls-cert missing"});
  EXPECT_TRUE(unsupported(load({{"tls-cert", "a"}, {"tls-key", "b"}})).empty());
}

class AdminToken : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "token-XXXXXX";
    const int descriptor = mkstemp(name.data());
    ASSERT_GE(descriptor, 0);
    close(descriptor);
    path_ = name;
  }
  void TearDown() override { std::remove(path_.c_str()); }
  void write(const std::string& text) const { std::ofstream(path_, std::ios::binary) << text; }
  std::string path_;
};

TEST_F(AdminToken, ComesFromTheVariableOrAFile) {
  write("from-file\r\n");
  EXPECT_EQ(load({}, {{"ARTIFACTAPI_ADMIN_TOKEN", "direct"}}).admin_token->reveal(), "direct");
  EXPECT_EQ(load({}, {{"ARTIFACTAPI_ADMIN_TOKEN_FILE", path_}}).admin_token->reveal(), "from-file");
  EXPECT_EQ(
      load({{"admin-token-file", path_}}, {{"ARTIFACTAPI_ADMIN_TOKEN", "direct"}}).admin_token->reveal(),
      "from-file");
}

TEST_F(AdminToken, ThatIsNoneIsRefusedWithoutBeingQuoted) {
  const std::string rule = ": error: an admin token is printable ASCII without spaces, and not empty";
  for (const auto* text : {"", "\n", "can ary",
                           "can\x01"
                           "ary"}) {
    write(text);
    EXPECT_EQ(errors({{"admin-token-file", path_}}), Texts{"--admin-token-file" + rule});
  }
  write(std::string(5000, 'a'));
  EXPECT_EQ(errors({{"admin-token-file", path_}}).size(), 1U);
  EXPECT_EQ(errors({}, {{"ARTIFACTAPI_ADMIN_TOKEN", "can ary"}}), Texts{"ARTIFACTAPI_ADMIN_TOKEN" + rule});
  EXPECT_EQ(errors({{"admin-token-file", "/no/such"}}),
            Texts{"--admin-token-file: error: the file \"/no/such\" cannot be read"});
  EXPECT_EQ(
      errors({}, {{"ARTIFACTAPI_ADMIN_TOKEN", "a"}, {"ARTIFACTAPI_ADMIN_TOKEN_FILE", path_}}),
      Texts{"ARTIFACTAPI_ADMIN_TOKEN: error: set together with ARTIFACTAPI_ADMIN_TOKEN_FILE (set only one of "
            "them)"});
}

}  // namespace
}  // namespace artifactapi::config
