#include "config/settings_table.h"

#include "base/duration.h"
#include "config/service_url.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <utility>

namespace artifactapi::config {
namespace {

Result<> set_text(std::string_view text, std::string& target) {
  target = text;
  return {};
}

Result<> set_number(std::string_view text, unsigned most, unsigned& target) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 1 || value > most) {
    return fail(Code::Invalid, fmt::format("not a number from 1 to {}", most));
  }
  target = value;
  return {};
}

Result<> set_span(std::string_view text, Milliseconds least, Milliseconds& target) {
  const auto span = parse_duration(text);
  if (!span) return std::unexpected(span.error());
  if (*span < least) return fail(Code::Invalid, fmt::format("less than {}", duration_text(least)));
  target = *span;
  return {};
}

// ":8000" listens on every IPv4 address.
Result<HostPort> listen_address(std::string_view text) {
  const std::string full = text.starts_with(':') ? fmt::format("0.0.0.0{}", text) : std::string(text);
  auto where = parse_host_port(full);
  if (!where) return std::unexpected(where.error());
  if (!where->port) return fail(Code::Invalid, "the port is missing");
  return HostPort{where->host, *where->port};
}

Result<> config_path(std::string_view text, Settings& out) {
  return set_text(text, out.config_path);
}
Result<> listen(std::string_view text, Settings& out) {
  auto address = listen_address(text);
  if (!address) return std::unexpected(address.error());
  out.listen = *address;
  return {};
}
Result<> data_dir(std::string_view text, Settings& out) {
  return set_text(text, out.data_dir);
}
Result<> public_url(std::string_view text, Settings& out) {
  const auto url = parse_service_url(text);
  if (!url) return std::unexpected(url.error());
  if (url->scheme != "http" && url->scheme != "https")
    return fail(Code::Invalid, "the scheme is not http or https");
  if (url->has_credentials) return fail(Code::Invalid, "a public URL holds no credentials");
  return set_text(url->without_credentials(), out.public_url);
}
Result<> trusted_proxies(std::string_view text, Settings& out) {
  auto networks = parse_networks(text);
  if (!networks) return std::unexpected(networks.error());
  out.trusted_proxies = std::move(*networks);
  return {};
}
Result<> disk_limit(std::string_view text, Settings& out) {
  const auto size = parse_size_or_percent(text);
  if (!size) return std::unexpected(size.error());
  if (size->of(100) == 0) return fail(Code::Invalid, "a cache needs some disk");
  out.disk_limit = *size;
  return {};
}
Result<> memory_cache(std::string_view text, Settings& out) {
  const auto size = parse_size(text);
  if (!size) return std::unexpected(size.error());
  out.memory_cache_bytes = *size;
  return {};
}
Result<> verify_every(std::string_view text, Settings& out) {
  Milliseconds span{};
  auto done = set_span(text, Milliseconds(0), span);
  if (done && span % Seconds(1) != Milliseconds(0)) return fail(Code::Invalid, "whole seconds are wanted");
  out.verify_every = std::chrono::duration_cast<Seconds>(span);
  return done;
}
Result<> threads(std::string_view text, Settings& out) {
  return set_number(text, 1024, out.threads);
}
Result<> max_fills(std::string_view text, Settings& out) {
  return set_number(text, 1'000'000, out.max_fills);
}
Result<> max_origin_connections(std::string_view text, Settings& out) {
  return set_number(text, 65'535, out.max_origin_connections);
}
Result<> tls_cert(std::string_view text, Settings& out) {
  return set_text(text, out.tls_cert);
}
Result<> tls_key(std::string_view text, Settings& out) {
  return set_text(text, out.tls_key);
}
Result<> log_format(std::string_view text, Settings& out) {
  if (text != "text" && text != "json") return fail(Code::Invalid, "neither text nor json");
  out.log_format = text == "text" ? LogFormat::Text : LogFormat::Json;
  return {};
}
Result<> log_level(std::string_view text, Settings& out) {
  constexpr std::array<std::pair<std::string_view, LogLevel>, 5> kLevels = {{{"debug", LogLevel::Debug},
                                                                             {"info", LogLevel::Info},
                                                                             {"warning", LogLevel::Warning},
                                                                             {"warn", LogLevel::Warning},
                                                                             {"error", LogLevel::Error}}};
  for (const auto& [name, level] : kLevels) {
    if (text != name) continue;
    out.log_level = level;
    return {};
  }
  return fail(Code::Invalid, "none of debug, info, warning and error");
}
Result<> advertise(std::string_view text, Settings& out) {
  if (auto where = parse_host_port(text); !where) return std::unexpected(where.error());
  return set_text(text, out.advertise);
}
Result<> peer_listen(std::string_view text, Settings& out) {
  auto address = listen_address(text);
  if (!address) return std::unexpected(address.error());
  out.peer_listen = *address;
  return {};
}

constexpr Milliseconds kShortest{1};
Result<> header(std::string_view text, Settings& out) {
  return set_span(text, kShortest, out.timeouts.header);
}
Result<> idle(std::string_view text, Settings& out) {
  return set_span(text, kShortest, out.timeouts.idle);
}
Result<> write_stall(std::string_view text, Settings& out) {
  return set_span(text, kShortest, out.timeouts.write_stall);
}
Result<> drain(std::string_view text, Settings& out) {
  return set_span(text, Milliseconds(0), out.timeouts.drain);
}
Result<> upstream_connect(std::string_view text, Settings& out) {
  return set_span(text, kShortest, out.timeouts.upstream_connect);
}
Result<> upstream_first_byte(std::string_view text, Settings& out) {
  return set_span(text, kShortest, out.timeouts.upstream_first_byte);
}
Result<> upstream_idle(std::string_view text, Settings& out) {
  return set_span(text, kShortest, out.timeouts.upstream_idle);
}

constexpr std::array<Setting, 25> kSettings = {{
    {{"config", "ARTIFACTAPI_CONFIG", "FILE", "remotes.yaml", "the repositories"}, config_path},
    {{"listen", "ARTIFACTAPI_LISTEN", "HOST:PORT", "0.0.0.0:8000", "address to serve on"}, listen},
    {{"data-dir", "ARTIFACTAPI_DATA_DIR", "DIR", "data", "store of this one process"}, data_dir},
    {{"public-url", "ARTIFACTAPI_PUBLIC_URL", "URL", "from the request", "base of the links we write"},
     public_url},
    {{"trusted-proxies", "ARTIFACTAPI_TRUSTED_PROXIES", "NETWORKS", "private",
      "peers whose X-Forwarded-* count: networks separated by commas, \"private\", \"none\""},
     trusted_proxies},
    {{"admin-token-file", "ARTIFACTAPI_ADMIN_TOKEN_FILE", "FILE", "generated into the data dir",
      "holds the token for writes; or ARTIFACTAPI_ADMIN_TOKEN holds the token itself"},
     nullptr},
    {{"disk-limit", "ARTIFACTAPI_DISK_LIMIT", "SIZE|PERCENT", "90% of the file system", "most disk to use"},
     disk_limit},
    {{"memory-cache", "ARTIFACTAPI_MEMORY_CACHE", "SIZE", "an eighth of memory, at most 1GiB",
      "most memory for cached responses"},
     memory_cache},
    {{"verify-every", "ARTIFACTAPI_VERIFY_EVERY", "TIME", "7d",
      "everything stored is read again and compared with its digest in this time; 0: never"},
     verify_every},
    {{"threads", "ARTIFACTAPI_THREADS", "N", "the CPUs of the cgroup", "event loop threads"}, threads},
    {{"max-fills", "ARTIFACTAPI_MAX_FILLS", "N", "1000", "downloads at once, in all"}, max_fills},
    {{"max-origin-connections", "ARTIFACTAPI_MAX_ORIGIN_CONNECTIONS", "N", "64", "connections to one origin"},
     max_origin_connections},
    {{"tls-cert", "ARTIFACTAPI_TLS_CERT", "FILE", "none", "certificate chain to serve with, PEM"}, tls_cert},
    {{"tls-key", "ARTIFACTAPI_TLS_KEY", "FILE", "none", "its private key, PEM"}, tls_key},
    {{"log-format", "ARTIFACTAPI_LOG_FORMAT", "text|json", "text on a terminal, else json",
      "form of the log"},
     log_format},
    {{"log-level", "ARTIFACTAPI_LOG_LEVEL", "debug|info|warning|error", "info", "what is written to the log"},
     log_level},
    {{"advertise", "ARTIFACTAPI_ADVERTISE", "HOST[:PORT]", "address of the Redis connection",
      "where other replicas reach this one"},
     advertise},
    {{"peer-listen", "ARTIFACTAPI_PEER_LISTEN", "HOST:PORT", ":8001 when Redis is set",
      "address to serve other replicas on"},
     peer_listen},
    {{"header-timeout", "ARTIFACTAPI_HEADER_TIMEOUT", "TIME", "15s", "for a client to send its request head"},
     header},
    {{"idle-timeout", "ARTIFACTAPI_IDLE_TIMEOUT", "TIME", "75s", "for a connection between requests"}, idle},
    {{"write-stall-timeout", "ARTIFACTAPI_WRITE_STALL_TIMEOUT", "TIME", "60s",
      "for a client to take another byte of a response"},
     write_stall},
    {{"drain-timeout", "ARTIFACTAPI_DRAIN_TIMEOUT", "TIME", "30s", "for requests in flight at shutdown"},
     drain},
    {{"upstream-connect-timeout", "ARTIFACTAPI_UPSTREAM_CONNECT_TIMEOUT", "TIME", "10s",
      "to connect to an upstream, TLS included"},
     upstream_connect},
    {{"upstream-first-byte-timeout", "ARTIFACTAPI_UPSTREAM_FIRST_BYTE_TIMEOUT", "TIME", "60s",
      "for an upstream to begin its answer"},
     upstream_first_byte},
    {{"upstream-idle-timeout", "ARTIFACTAPI_UPSTREAM_IDLE_TIMEOUT", "TIME", "60s",
      "between two pieces of an upstream's answer"},
     upstream_idle},
}};

}  // namespace

std::span<const Setting> settings_table() {
  return kSettings;
}

}  // namespace artifactapi::config
