#include "config/redact.h"

#include "base/duration.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <string_view>

namespace artifactapi::config {
namespace {

namespace json = boost::json;

constexpr std::string_view kHidden = "***";

json::value hidden(const Secret& secret) {
  return secret.empty() ? json::value(nullptr) : json::value(json::string(kHidden));
}

json::value text(std::string_view value) {
  return json::string(value);
}
json::value text_or_null(std::string_view value) {
  return value.empty() ? json::value(nullptr) : text(value);
}

json::array texts(const std::vector<std::string>& values) {
  json::array out;
  for (const auto& value : values) out.push_back(text(value));
  return out;
}

json::array patterns(const PatternList& list) {
  json::array out;
  for (const auto& pattern : list) out.push_back(text(pattern->source()));
  return out;
}

// Credentials are hidden whole: a username alone can be a token.
json::value view(const Proxy& proxy) {
  if (proxy.direct()) return text("direct");
  if (proxy.username.empty() && proxy.password.empty()) return text(proxy.url);
  const auto scheme_end = proxy.url.find("://") + 3;
  return text(fmt::format("{}{}@{}", proxy.url.substr(0, scheme_end), kHidden, proxy.url.substr(scheme_end)));
}
json::value view(const std::optional<Proxy>& proxy) {
  return proxy ? view(*proxy) : json::value(nullptr);
}

std::string_view name_of(MutableUpdates updates) {
  switch (updates) {
    case MutableUpdates::Never: return "false";
    case MutableUpdates::UserPatterns: return "true";
    case MutableUpdates::All: return "all";
  }
  return "false";
}

json::value view(const std::optional<QueryRule>& rule) {
  if (!rule) return nullptr;
  switch (rule->kind) {
    case QueryRule::Kind::Keep: return text("keep");
    case QueryRule::Kind::Drop: return text("drop");
    case QueryRule::Kind::Names: return texts(rule->names);
  }
  return nullptr;
}

json::object view(const CacheSettings& cache) {
  json::object out;
  out["immutable_ttl"] = cache.immutable_ttl.count();
  out["mutable_ttl"] = cache.mutable_ttl.count();
  if (cache.stale_retry) out["stale_retry"] = cache.stale_retry->count();
  out["negative_ttl"] = cache.negative_ttl.count();
  return out;
}

void add_remote_keys(const Repository& repository, json::object& out) {
  out["base_url"] = text(repository.base_url.value_or(""));
  // A username can be a token, or half of a secret.
  out["username"] = hidden(Secret(repository.username));
  out["password"] = hidden(repository.password);
  if (repository.check_mutable_updates == MutableUpdates::All) {
    out["check_mutable_updates"] = text(name_of(MutableUpdates::All));
  } else {
    out["check_mutable_updates"] = repository.check_mutable_updates == MutableUpdates::UserPatterns;
  }
  out["revalidate_with"] = repository.revalidate_with == RevalidateWith::Head ? "head" : "get";
  json::array statuses;
  for (const int status : repository.stale_on.list()) statuses.push_back(status);
  out["stale_on"] = std::move(statuses);
  json::object headers;
  for (const auto& [name, value] : repository.headers) headers[name] = kHidden;
  out["headers"] = std::move(headers);
  out["tls"] = json::object{{"ca_file", text_or_null(repository.ca_file)}};
  out["proxy"] = view(repository.proxy);
  out["token_hosts"] = texts(repository.token_hosts);
  out["index_url"] = text_or_null(repository.index_url);
  out["serve_ns"] = repository.serve_ns;
}

json::object view(const Repository& repository) {
  json::object out;
  const bool remote = repository.type == RepositoryType::Remote;
  out["type"] = remote ? "remote" : "local";
  out["package"] = text(repository.package);
  out["description"] = text(repository.description);
  out["immutable_patterns"] = patterns(repository.immutable_patterns);
  out["mutable_patterns"] = patterns(repository.mutable_patterns);
  out["cache"] = view(repository.cache);
  out["query"] = view(repository.query);
  out["default_for_root"] = repository.default_for_root;
  if (remote) {
    add_remote_keys(repository, out);
  } else {
    out["allow_overwrite"] = repository.allow_overwrite;
  }
  return out;
}

json::value view(const HostPort& address) {
  return text(address.host.contains(':') ? fmt::format("[{}]:{}", address.host, address.port)
                                         : fmt::format("{}:{}", address.host, address.port));
}

std::string_view name_of(LogLevel level) {
  switch (level) {
    case LogLevel::Debug: return "debug";
    case LogLevel::Info: return "info";
    case LogLevel::Warning: return "warning";
    case LogLevel::Error: return "error";
  }
  return "info";
}

json::object view(const Timeouts& timeouts) {
  json::object out;
  const auto add = [&](std::string_view name, Milliseconds span) { out[name] = text(duration_text(span)); };
  add("header", timeouts.header);
  add("idle", timeouts.idle);
  add("write_stall", timeouts.write_stall);
  add("drain", timeouts.drain);
  add("upstream_connect", timeouts.upstream_connect);
  add("upstream_first_byte", timeouts.upstream_first_byte);
  add("upstream_idle", timeouts.upstream_idle);
  return out;
}

json::value view(const std::optional<PostgresSettings>& postgres) {
  if (!postgres) return nullptr;
  return json::object{{"host", text(postgres->host)},
                      {"port", postgres->port},
                      {"user", text(postgres->user)},
                      {"password", hidden(postgres->password)},
                      {"database", text(postgres->database)}};
}
json::value view(const std::optional<RedisSettings>& redis) {
  if (!redis) return nullptr;
  return json::object{{"address", view(redis->address)},
                      {"username", text_or_null(redis->username)},
                      {"password", hidden(redis->password)},
                      {"database", redis->database}};
}
json::value view(const std::optional<S3Settings>& s3) {
  if (!s3) return nullptr;
  return json::object{{"endpoint", text(s3->endpoint)},
                      {"access_key", text(s3->access_key)},
                      {"secret_key", hidden(s3->secret_key)},
                      {"bucket", text(s3->bucket)},
                      {"secure", s3->secure}};
}

json::object view(const Settings& settings) {
  json::object out;
  json::array networks;
  for (const auto& network : settings.trusted_proxies) networks.push_back(text(network.text()));
  out["config"] = text(settings.config_path);
  out["listen"] = view(settings.listen);
  out["data_dir"] = text(settings.data_dir);
  out["public_url"] = text_or_null(settings.public_url);
  out["trusted_proxies"] = std::move(networks);
  out["admin_token"] = settings.admin_token ? hidden(*settings.admin_token) : json::value(nullptr);
  out["disk_limit"] = text(to_string(settings.disk_limit));
  out["memory_cache"] = text(size_text(settings.memory_cache_bytes));
  out["threads"] = settings.threads;
  out["verify_every"] = duration_text(settings.verify_every);
  out["max_fills"] = settings.max_fills;
  out["max_origin_connections"] = settings.max_origin_connections;
  out["tls_cert"] = text_or_null(settings.tls_cert);
  out["tls_key"] = text_or_null(settings.tls_key);
  if (settings.log_format) out["log_format"] = *settings.log_format == LogFormat::Text ? "text" : "json";
  out["log_level"] = text(name_of(settings.log_level));
  out["advertise"] = text_or_null(settings.advertise);
  out["peer_listen"] = settings.peer_listen ? view(*settings.peer_listen) : json::value(nullptr);
  out["timeouts"] = view(settings.timeouts);
  out["proxies"] = json::object{{"http", view(settings.proxies.http)},
                                {"https", view(settings.proxies.https)},
                                {"no_proxy", texts(settings.proxies.no_proxy)}};
  out["postgresql"] = view(settings.postgres);
  out["redis"] = view(settings.redis);
  out["s3"] = view(settings.s3);
  return out;
}

}  // namespace

std::string redacted_json(const Remotes& remotes, const Settings& settings) {
  json::object repositories;
  repositories.reserve(remotes.repositories.size());
  for (const auto& repository : remotes.repositories) repositories[repository.name] = view(repository);
  json::array warnings;
  for (const auto& warning : remotes.warnings) warnings.push_back(text(to_string(warning)));
  json::object out;
  out["settings"] = view(settings);
  out["remotes"] = std::move(repositories);
  out["warnings"] = std::move(warnings);
  return json::serialize(out);
}

}  // namespace artifactapi::config
