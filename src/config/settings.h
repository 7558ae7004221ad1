// How this process runs: every flag and environment variable, checked. Flag beats variable beats default.
#pragma once

#include "base/clock.h"
#include "base/secret.h"
#include "base/size.h"
#include "config/diagnostic.h"
#include "config/environment.h"
#include "config/machine.h"
#include "config/network.h"
#include "config/proxy.h"

#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace artifactapi::config {

struct HostPort {
  std::string host;  // IPv6 without brackets
  std::uint16_t port = 0;

  friend bool operator==(const HostPort&, const HostPort&) = default;
};

enum class LogFormat : std::uint8_t { Text, Json };
enum class LogLevel : std::uint8_t { Debug, Info, Warning, Error };

// How long each party may be slow.
struct Timeouts {
  Milliseconds header{15'000};               // a client's whole request head
  Milliseconds idle{75'000};                 // a kept-alive connection between requests
  Milliseconds write_stall{60'000};          // no byte of a response taken by the client
  Milliseconds drain{30'000};                // shutdown: requests in flight
  Milliseconds upstream_connect{10'000};     // DNS, TCP, TLS
  Milliseconds upstream_first_byte{60'000};  // request sent to response head
  Milliseconds upstream_idle{60'000};        // between two pieces of a body
};

struct PostgresSettings {
  std::string host;
  std::uint16_t port = 5432;
  std::string user;
  Secret password;
  std::string database;
};

struct RedisSettings {
  HostPort address;
  std::string username;
  Secret password;
  unsigned database = 0;
};

struct S3Settings {
  std::string endpoint;  // host or host:port
  std::string access_key;
  Secret secret_key;
  std::string bucket;
  bool secure = false;
};

struct Settings {
  std::string config_path = "remotes.yaml";
  HostPort listen{"0.0.0.0", 8000};
  std::string data_dir = "data";
  std::string public_url;  // no trailing slash; empty: from the request
  std::vector<Network> trusted_proxies;
  std::optional<Secret> admin_token;  // none: app makes one
  SizeOrPercent disk_limit{.bytes = 0, .percent = 90};
  std::uint64_t memory_cache_bytes = 0;
  Seconds verify_every{7 * 24 * 3600};  // 0: never
  unsigned threads = 1;
  unsigned max_fills = 1000;
  unsigned max_origin_connections = 64;
  std::string tls_cert;
  std::string tls_key;
  std::optional<LogFormat> log_format;  // none: text on a terminal, else JSON
  LogLevel log_level = LogLevel::Info;
  std::string advertise;
  std::optional<HostPort> peer_listen;
  Timeouts timeouts;
  UpstreamProxies proxies;
  std::optional<PostgresSettings> postgres;
  std::optional<RedisSettings> redis;
  std::optional<S3Settings> s3;
};

// By long name without dashes: {"listen", "127.0.0.1:0"}.
using FlagMap = std::map<std::string, std::string, std::less<>>;

// One row of the table that the command line, its help and the loader share.
struct SettingRow {
  std::string_view flag;      // without dashes
  std::string_view variable;  // empty: none
  std::string_view value;     // placeholder in the help, for example "HOST:PORT"
  std::string_view fallback;  // the default, in words
  std::string_view help;
};
[[nodiscard]] std::span<const SettingRow> setting_rows();

// All errors at once. An empty variable counts as unset; unknown variables are ignored, unknown flags are
// errors.
[[nodiscard]] std::expected<Settings, Diagnostics> load_settings(const FlagMap& flags,
                                                                 const Environment& environment,
                                                                 const Machine& machine);
[[nodiscard]] std::expected<Settings, Diagnostics> load_settings(const FlagMap& flags,
                                                                 const Environment& environment);

// What is set and understood but not supported by this version; each is a reason not to start.
[[nodiscard]] Diagnostics unsupported(const Settings& settings);

}  // namespace artifactapi::config
