#include "config/back_ends.h"

#include "config/service_url.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <initializer_list>
#include <utility>

namespace artifactapi::config {
namespace {

void report(Diagnostics& findings, std::string_view name, std::string message, std::string hint = {}) {
  findings.push_back({std::string(name), 0, 0, Severity::Error, std::move(message), std::move(hint)});
}

// Whether all of a group's required variables are set; complains when only some are, or only `extra` is.
bool complete(const Environment& environment, std::initializer_list<std::string_view> required,
              std::string_view extra, std::string_view what, Diagnostics& findings) {
  std::vector<std::string_view> missing;
  std::string_view present = variable(environment, extra) ? extra : std::string_view();
  for (const auto name : required) {
    if (variable(environment, name)) {
      present = name;
    } else {
      missing.push_back(name);
    }
  }
  if (missing.empty()) return true;
  if (!present.empty()) {
    report(findings, present, fmt::format("{} is half set: {} missing", what, fmt::join(missing, ", ")));
  }
  return false;
}

template <class Number>
std::optional<Number> number(std::string_view text, Number least) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < least) return std::nullopt;
  return value;
}

void read_postgres(const Environment& environment, Settings& out, Diagnostics& findings) {
  if (!complete(environment, {"DBHOST", "DBUSER", "DBNAME"}, "DBPASS", "PostgreSQL", findings)) return;
  PostgresSettings postgres;
  postgres.host = *variable(environment, "DBHOST");
  postgres.user = *variable(environment, "DBUSER");
  postgres.database = *variable(environment, "DBNAME");
  postgres.password = Secret(variable(environment, "DBPASS").value_or(""));
  if (const auto text = variable(environment, "DBPORT")) {
    const auto port = number<std::uint16_t>(*text, 1);
    if (!port) report(findings, "DBPORT", fmt::format("bad value \"{}\": not a port from 1 to 65535", *text));
    postgres.port = port.value_or(postgres.port);
  }
  out.postgres = std::move(postgres);
}

// redis://[[user]:password@]host[:port][/database]. Never quoted: it may hold a password.
void read_redis(const Environment& environment, Settings& out, Diagnostics& findings) {
  const auto text = variable(environment, "REDIS_URL");
  if (!text) return;
  const auto url = parse_service_url(*text);
  if (!url) return report(findings, "REDIS_URL", fmt::format("bad URL: {}", url.error().message));
  if (url->scheme == "rediss") {
    return report(findings, "REDIS_URL", "rediss:// is refused: TLS to Redis is not supported",
                  "use redis:// in a trusted network or through a TLS tunnel");
  }
  if (url->scheme != "redis") return report(findings, "REDIS_URL", "bad URL: the scheme is not redis");
  RedisSettings redis;
  redis.address = {url->host, url->port.value_or(6379)};
  redis.username = url->username;
  redis.password = url->password;
  if (!url->path.empty()) {
    const auto database = number<unsigned>(std::string_view(url->path).substr(1), 0);
    if (!database) return report(findings, "REDIS_URL", "bad URL: the path is not a database number");
    redis.database = *database;
  }
  out.redis = std::move(redis);
}

bool is_bucket_name(std::string_view name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  };
  return name.size() >= 3 && name.size() <= 63 && std::ranges::all_of(name, allowed);
}

void read_s3(const Environment& environment, Settings& out, Diagnostics& findings) {
  if (!complete(environment, {"MINIO_ENDPOINT", "MINIO_ACCESS_KEY", "MINIO_SECRET_KEY", "MINIO_BUCKET"}, "",
                "S3", findings)) {
    return;
  }
  S3Settings s3;
  s3.endpoint = *variable(environment, "MINIO_ENDPOINT");
  s3.access_key = *variable(environment, "MINIO_ACCESS_KEY");
  s3.secret_key = Secret(*variable(environment, "MINIO_SECRET_KEY"));
  s3.bucket = *variable(environment, "MINIO_BUCKET");
  if (s3.endpoint.contains("://")) {
    report(findings, "MINIO_ENDPOINT", "an endpoint is host:port without a scheme",
           "MINIO_SECURE chooses https");
  } else if (const auto where = parse_host_port(s3.endpoint); !where) {
    report(findings, "MINIO_ENDPOINT", where.error().message);
  }
  if (!is_bucket_name(s3.bucket)) report(findings, "MINIO_BUCKET", "not a bucket name");
  const auto secure = variable(environment, "MINIO_SECURE").value_or("false");
  constexpr std::array<std::string_view, 5> kTrue = {"true", "True", "TRUE", "1", "yes"};
  constexpr std::array<std::string_view, 5> kFalse = {"false", "False", "FALSE", "0", "no"};
  s3.secure = std::ranges::find(kTrue, secure) != kTrue.end();
  if (!s3.secure && std::ranges::find(kFalse, secure) == kFalse.end()) {
    report(findings, "MINIO_SECURE", fmt::format("bad value \"{}\": neither true nor false", secure));
  }
  out.s3 = std::move(s3);
}

void read_proxy(const Environment& environment, std::string_view lower, std::string_view upper,
                std::optional<Proxy>& target, Diagnostics& findings) {
  const auto name = variable(environment, lower) ? lower : upper;
  const auto text = variable(environment, name);
  if (!text) return;
  auto proxy = parse_proxy(*text);
  if (!proxy) return report(findings, name, fmt::format("bad proxy: {}", proxy.error().message));
  target = std::move(*proxy);
}

}  // namespace

std::optional<std::string> variable(const Environment& environment, std::string_view name) {
  const auto found = environment.find(name);
  if (found == environment.end() || found->second.empty()) return std::nullopt;
  return found->second;
}

void read_back_ends(const Environment& environment, Settings& out, Diagnostics& findings) {
  read_postgres(environment, out, findings);
  read_redis(environment, out, findings);
  read_s3(environment, out, findings);
}

void read_upstream_proxies(const Environment& environment, Settings& out, Diagnostics& findings) {
  read_proxy(environment, "http_proxy", "HTTP_PROXY", out.proxies.http, findings);
  read_proxy(environment, "https_proxy", "HTTPS_PROXY", out.proxies.https, findings);
  auto text = variable(environment, "no_proxy");
  if (!text) text = variable(environment, "NO_PROXY");
  std::string_view rest = text ? std::string_view(*text) : std::string_view();
  while (!rest.empty()) {
    const auto end = std::min(rest.find_first_of(", "), rest.size());
    if (end > 0) out.proxies.no_proxy.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

Diagnostics unsupported(const Settings& settings) {
  Diagnostics findings;
  const auto add = [&](bool set, std::string_view what, std::string_view name) {
    if (set) report(findings, name, fmt::format("{} is set but not supported by this version", what));
  };
  add(settings.postgres.has_value(), "PostgreSQL", "DBHOST");
  add(settings.redis.has_value(), "Redis", "REDIS_URL");
  add(settings.s3.has_value(), "S3", "MINIO_ENDPOINT");
  return findings;
}

}  // namespace artifactapi::config
