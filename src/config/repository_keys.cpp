#include "config/repository_keys.h"

#include "config/service_url.h"
#include "config/suggestion.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <optional>
#include <utility>

namespace artifactapi::config {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  return out;
}

// RFC 9110 section 5.6.2.
bool is_token(std::string_view text) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").contains(c);
  };
  return !text.empty() && std::ranges::all_of(text, allowed);
}

bool is_map(const YamlNode& node, KeyContext& context) {
  if (node.kind == YamlNode::Kind::Map) return true;
  context.values.error(node, fmt::format("expected a map, found {}", to_string(node.kind)));
  return false;
}

// An http or https URL. The diagnostic does not quote it: it may hold a password.
std::optional<ServiceUrl> web_url(const YamlNode& node, KeyContext& context) {
  const auto text = context.values.text(node);
  if (!text) return std::nullopt;
  auto url = parse_service_url(*text);
  if (!url) {
    context.values.error(node, fmt::format("bad URL: {}", url.error().message));
    return std::nullopt;
  }
  if (url->scheme != "http" && url->scheme != "https") {
    context.values.error(node, "bad URL: the scheme is not http or https");
    return std::nullopt;
  }
  return std::move(*url);
}

void read_type(const YamlNode& node, KeyContext& context) {
  constexpr std::array<std::string_view, 2> kWords = {"remote", "local"};
  if (const auto word = context.values.word(node, kWords)) {
    context.out.type = *word == 0 ? RepositoryType::Remote : RepositoryType::Local;
  }
}

void read_package(const YamlNode& node, KeyContext& context) {
  const auto text = context.values.text(node);
  if (!text) return;
  context.out.package = *text;
  const auto found = std::ranges::find(context.packages, *text, &PackageType::name);
  if (found == context.packages.end()) {
    std::vector<std::string_view> names;
    for (const auto& package : context.packages) names.push_back(package.name);
    auto hint = did_you_mean(*text, names);
    if (hint.empty()) hint = fmt::format("one of {}", fmt::join(names, ", "));
    return context.values.error(node, fmt::format("unknown package type {}", ValueReader::quoted(node)),
                                hint);
  }
  context.out.package_built = found->built;
  if (found->built) return;
  context.values.warning(
      node, fmt::format("package type \"{}\" is not built yet: its requests answer 501", found->name));
}

void read_base_url(const YamlNode& node, KeyContext& context) {
  const auto url = web_url(node, context);
  // A bad URL is reported as bad, not also as missing.
  context.out.base_url = url ? url->without_credentials() : "";
  if (!url || !url->has_credentials) return;
  if (!context.out.username.empty() || !context.out.password.empty()) {
    return context.values.error(node, "credentials both in base_url and in username or password");
  }
  context.out.username = url->username;
  context.out.password = url->password;
}

void read_index_url(const YamlNode& node, KeyContext& context) {
  const auto url = web_url(node, context);
  if (!url) return;
  if (url->has_credentials) {
    return context.values.error(node, "index_url must not hold credentials", "use username and password");
  }
  context.out.index_url = url->without_credentials();
}

void read_description(const YamlNode& node, KeyContext& context) {
  YamlNode one_line = node;
  std::ranges::replace_if(one_line.text, [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
  while (one_line.text.ends_with(' ')) one_line.text.pop_back();
  if (auto text = context.values.text(one_line)) context.out.description = std::move(*text);
}

void read_username(const YamlNode& node, KeyContext& context) {
  auto text = context.values.text(node);
  if (!text) return;
  if (!context.out.username.empty()) {
    return context.values.error(node, "credentials both in base_url and in username or password");
  }
  if (text->contains(':')) return context.values.error(node, "a username must not hold a colon");
  context.out.username = std::move(*text);
}

void read_password(const YamlNode& node, KeyContext& context) {
  auto text = context.values.text(node);
  if (!text) return;
  if (!context.out.password.empty()) {
    return context.values.error(node, "credentials both in base_url and in username or password");
  }
  context.out.password = Secret(std::move(*text));
}

void read_patterns(const YamlNode& node, KeyContext& context, PatternList& list) {
  if (node.kind != YamlNode::Kind::Sequence) {
    return context.values.error(node,
                                fmt::format("expected a list of patterns, found {}", to_string(node.kind)),
                                "put each pattern on a line of its own after \"- \"");
  }
  for (const auto& item : node.items) {
    auto pattern = context.values.pattern(item);
    if (!pattern) continue;
    if (pattern->source().empty()) {
      context.values.error(item, "an empty pattern matches every path");
    } else if (std::ranges::find(list, pattern) == list.end()) {  // equal sources share one object
      list.push_back(std::move(pattern));
    }
  }
}

void read_immutable_patterns(const YamlNode& node, KeyContext& context) {
  if (node.kind == YamlNode::Kind::Sequence && node.items.empty()) {
    return context.values.error(node, "immutable_patterns is empty",
                                "leave the key out to allow every path, or list the allowed ones");
  }
  read_patterns(node, context, context.out.immutable_patterns);
}
void read_mutable_patterns(const YamlNode& node, KeyContext& context) {
  read_patterns(node, context, context.out.mutable_patterns);
}

void read_check_mutable_updates(const YamlNode& node, KeyContext& context) {
  if (node.kind == YamlNode::Kind::Scalar && node.text == "all") {
    context.out.check_mutable_updates = MutableUpdates::All;
  } else if (const auto value = context.values.boolean(node)) {
    context.out.check_mutable_updates = *value ? MutableUpdates::UserPatterns : MutableUpdates::Never;
  }
}

void read_revalidate_with(const YamlNode& node, KeyContext& context) {
  constexpr std::array<std::string_view, 2> kWords = {"head", "get"};
  if (const auto word = context.values.word(node, kWords)) {
    context.out.revalidate_with = *word == 0 ? RevalidateWith::Head : RevalidateWith::Get;
  }
}

void read_stale_on(const YamlNode& node, KeyContext& context) {
  for (const auto& text : context.values.texts(node)) {
    int status = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), status);
    if (text == "4xx" || text == "5xx") {
      context.out.stale_on.add_class(text[0] - '0');
    } else if (error == std::errc{} && end == text.data() + text.size() && status >= 400 && status <= 599) {
      context.out.stale_on.add(status);
    } else {
      context.values.error(node, "stale_on takes statuses from 400 to 599, 4xx and 5xx");
    }
  }
}

void read_cache(const YamlNode& node, KeyContext& context) {
  constexpr std::array<std::string_view, 4> kKeys = {"immutable_ttl", "mutable_ttl", "stale_retry",
                                                     "negative_ttl"};
  if (!is_map(node, context)) return;
  auto& cache = context.out.cache;
  for (const auto& [key, value] : node.entries) {
    const auto known = std::ranges::find(kKeys, key.text);
    if (known == kKeys.end()) {
      report_unknown_key(key, kKeys, context.values);
      continue;
    }
    const auto span = context.values.seconds(value);
    if (!span) continue;
    if (key.text == "immutable_ttl") cache.immutable_ttl = *span;
    if (key.text == "mutable_ttl") cache.mutable_ttl = *span;
    if (key.text == "negative_ttl") cache.negative_ttl = *span;
    if (key.text != "stale_retry") continue;
    if (*span < Seconds(1)) context.values.error(value, "stale_retry is at least one second");
    cache.stale_retry = *span;
  }
}

void read_query(const YamlNode& node, KeyContext& context) {
  constexpr std::array<std::string_view, 2> kWords = {"keep", "drop"};
  if (node.kind == YamlNode::Kind::Sequence) {
    context.out.query = QueryRule{QueryRule::Kind::Names, context.values.texts(node)};
  } else if (const auto word = context.values.word(node, kWords)) {
    context.out.query = QueryRule{*word == 0 ? QueryRule::Kind::Keep : QueryRule::Kind::Drop, {}};
  }
}

void read_headers(const YamlNode& node, KeyContext& context) {
  // What the connection or the cache decides must not be fixed by hand.
  constexpr std::array<std::string_view, 14> kOurs = {"host",
                                                      "connection",
                                                      "content-length",
                                                      "transfer-encoding",
                                                      "te",
                                                      "trailer",
                                                      "upgrade",
                                                      "keep-alive",
                                                      "range",
                                                      "if-range",
                                                      "if-none-match",
                                                      "if-modified-since",
                                                      "accept-encoding",
                                                      "expect"};
  if (!is_map(node, context)) return;
  for (const auto& [key, value] : node.entries) {
    const auto same_name = [&](const auto& header) { return lower(header.first) == lower(key.text); };
    if (!is_token(key.text)) {
      context.values.error(key, fmt::format("{} is not a header name", ValueReader::quoted(key)));
    } else if (std::ranges::find(kOurs, lower(key.text)) != kOurs.end()) {
      context.values.error(key, fmt::format("the header \"{}\" cannot be set", key.text));
    } else if (std::ranges::any_of(context.out.headers, same_name)) {
      context.values.error(key, fmt::format("the header \"{}\" is set twice", key.text));
    } else if (auto text = context.values.text(value)) {
      context.out.headers.emplace_back(key.text, Secret(std::move(*text)));
    }
  }
}

void read_tls(const YamlNode& node, KeyContext& context) {
  constexpr std::array<std::string_view, 1> kKeys = {"ca_file"};
  if (!is_map(node, context)) return;
  for (const auto& [key, value] : node.entries) {
    if (key.text != "ca_file") {
      report_unknown_key(key, kKeys, context.values);
      continue;
    }
    const auto path = context.values.text(value);
    if (!path) continue;
    if (!std::ifstream(*path).good()) {
      context.values.error(value, fmt::format("the file {} cannot be read", ValueReader::quoted(value)));
    }
    context.out.ca_file = *path;
  }
}

void read_proxy(const YamlNode& node, KeyContext& context) {
  const auto text = context.values.text(node);
  if (!text) return;
  auto proxy = parse_proxy(*text);
  if (!proxy) return context.values.error(node, fmt::format("bad proxy: {}", proxy.error().message));
  context.out.proxy = std::move(*proxy);
}

void read_token_hosts(const YamlNode& node, KeyContext& context) {
  for (const auto& text : context.values.texts(node)) {
    const auto where = parse_host_port(text);
    if (!where) {
      context.values.error(node, fmt::format("bad host in token_hosts: {}", where.error().message));
      continue;
    }
    context.out.token_hosts.push_back(lower(text));
  }
}

void set_flag(const YamlNode& node, KeyContext& context, bool& target) {
  if (const auto value = context.values.boolean(node)) target = *value;
}
void read_allow_overwrite(const YamlNode& node, KeyContext& context) {
  set_flag(node, context, context.out.allow_overwrite);
}
void read_default_for_root(const YamlNode& node, KeyContext& context) {
  set_flag(node, context, context.out.default_for_root);
}
void read_serve_ns(const YamlNode& node, KeyContext& context) {
  set_flag(node, context, context.out.serve_ns);
}

using enum Applies;
using enum WhenEmpty;
constexpr std::array<RepositoryKey, 21> kRepositoryKeys = {{
    {"type", Both, Mistake, read_type},
    {"package", Both, Mistake, read_package},
    {"description", Both, Absent, read_description},
    {"base_url", RemoteOnly, Mistake, read_base_url},
    {"username", RemoteOnly, Absent, read_username},
    {"password", RemoteOnly, Absent, read_password},
    {"immutable_patterns", Both, Mistake, read_immutable_patterns},
    {"mutable_patterns", Both, Absent, read_mutable_patterns},
    {"check_mutable_updates", RemoteOnly, Mistake, read_check_mutable_updates},
    {"revalidate_with", RemoteOnly, Mistake, read_revalidate_with},
    {"stale_on", RemoteOnly, Absent, read_stale_on},
    {"cache", Both, Absent, read_cache},
    {"query", Both, Mistake, read_query},
    {"headers", RemoteOnly, Absent, read_headers},
    {"tls", RemoteOnly, Absent, read_tls},
    {"proxy", RemoteOnly, Mistake, read_proxy},
    {"token_hosts", RemoteOnly, Absent, read_token_hosts},
    {"index_url", RemoteOnly, Mistake, read_index_url},
    {"allow_overwrite", LocalOnly, Mistake, read_allow_overwrite},
    {"default_for_root", Both, Mistake, read_default_for_root},
    {"serve_ns", RemoteOnly, Mistake, read_serve_ns},
}};

}  // namespace

std::span<const RepositoryKey> repository_keys() {
  return kRepositoryKeys;
}

void report_unknown_key(const YamlNode& key, std::span<const std::string_view> known, ValueReader& values) {
  values.error(key, fmt::format("unknown key {}", ValueReader::quoted(key)), did_you_mean(key.text, known));
}

}  // namespace artifactapi::config
