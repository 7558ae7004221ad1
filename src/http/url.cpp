#include "http/url.h"

#include "http/address.h"
#include "http/characters.h"
#include "http/headers.h"
#include "http/percent.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

namespace artifactapi::http {

namespace {

std::uint16_t default_port(std::string_view scheme) {
  return scheme == "https" ? 443 : 80;
}

// The five components of RFC 3986 3, as views.
struct Parts {
  std::optional<std::string_view> scheme;
  std::optional<std::string_view> authority;
  std::string_view path;
  std::optional<std::string_view> query;
  bool has_fragment = false;
};

std::optional<std::string_view> scheme_of(std::string_view text) {
  const std::size_t end = text.find_first_of(":/?#");
  if (end == std::string_view::npos || end == 0 || text[end] != ':' || !is_alpha(text[0]))
    return std::nullopt;
  const std::string_view scheme = text.substr(0, end);
  const bool valid = std::all_of(scheme.begin(), scheme.end(),
                                 [](char c) { return is_alnum(c) || c == '+' || c == '-' || c == '.'; });
  return valid ? std::optional(scheme) : std::nullopt;
}

Parts split(std::string_view text) {
  Parts parts;
  const std::size_t hash = text.find('#');
  parts.has_fragment = hash != std::string_view::npos;
  text = text.substr(0, hash);
  parts.scheme = scheme_of(text);
  if (parts.scheme) text.remove_prefix(parts.scheme->size() + 1);
  const std::size_t mark = text.find('?');
  if (mark != std::string_view::npos) parts.query = text.substr(mark + 1);
  text = text.substr(0, mark);
  if (text.starts_with("//")) {
    const std::size_t end = std::min(text.find('/', 2), text.size());
    parts.authority = text.substr(2, end - 2);
    text.remove_prefix(end);
  }
  parts.path = text;
  return parts;
}

// Checks escapes and leaves them as they are; escapes what may not stand in a URL.
Result<std::string> clean(std::string_view text, std::string_view also_raw) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (is_control(c) || c == '\\') return fail(Code::Invalid, "forbidden character in URL");
    if (c == '%') {
      if (!escaped_byte(text, i)) return fail(Code::Invalid, "malformed escape in URL");
      out += c;
    } else if (is_path_character(c) || also_raw.find(c) != std::string_view::npos) {
      out += c;
    } else {
      append_percent_encoded(out, c);
    }
  }
  return out;
}

Result<std::string> credential(std::string_view text) {
  auto decoded = percent_decode(text);
  if (!decoded || std::any_of(decoded->begin(), decoded->end(), is_control)) {
    return fail(Code::Invalid, "malformed user or password in URL");
  }
  return std::move(*decoded);
}

Result<> set_authority(Url& url, std::string_view text) {
  url.user.clear();
  url.password.clear();
  if (const std::size_t at = text.rfind('@'); at != std::string_view::npos) {
    const std::string_view userinfo = text.substr(0, at);
    const std::size_t colon = userinfo.find(':');
    auto user = credential(userinfo.substr(0, colon));
    auto password =
        credential(colon == std::string_view::npos ? std::string_view{} : userinfo.substr(colon + 1));
    if (!user) return std::unexpected<Error>(std::move(user.error()));
    if (!password) return std::unexpected<Error>(std::move(password.error()));
    url.user = std::move(*user);
    url.password = std::move(*password);
    text.remove_prefix(at + 1);
  }
  const auto place = parse_authority(text);
  if (!place) return fail(Code::Invalid, "invalid host or port in URL");
  url.host.assign(place->host);
  std::transform(url.host.begin(), url.host.end(), url.host.begin(), to_lower);
  url.port = place->port.value_or(default_port(url.scheme));
  return {};
}

Result<> set_query(Url& url, const std::optional<std::string_view>& query) {
  url.has_query = query.has_value();
  url.query.clear();
  if (!query) return {};
  auto cleaned = clean(*query, "/?");
  if (!cleaned) return std::unexpected<Error>(std::move(cleaned.error()));
  url.query = std::move(*cleaned);
  return {};
}

Result<> set_path(Url& url, std::string_view path) {
  auto cleaned = clean(path, "/");
  if (!cleaned) return std::unexpected<Error>(std::move(cleaned.error()));
  url.path = cleaned->empty() ? "/" : std::move(*cleaned);
  return {};
}

Result<Url> absolute(const Parts& parts) {
  Url url;
  url.scheme.assign(*parts.scheme);
  std::transform(url.scheme.begin(), url.scheme.end(), url.scheme.begin(), to_lower);
  if (url.scheme != "http" && url.scheme != "https") return fail(Code::Invalid, "not an http or https URL");
  if (!parts.authority) return fail(Code::Invalid, "URL without a host");
  if (auto done = set_authority(url, *parts.authority); !done) return std::unexpected<Error>(done.error());
  if (auto done = set_path(url, parts.path); !done) return std::unexpected<Error>(done.error());
  if (auto done = set_query(url, parts.query); !done) return std::unexpected<Error>(done.error());
  return url;
}

// RFC 3986 5.2.4, for paths that begin with '/'. Segments that are dots only when decoded count as dots.
std::string without_dot_segments(std::string_view path) {
  std::vector<std::string_view> kept;
  bool ends_open = false;  // the last segment was a dot segment: the path ends in '/'
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::string_view segment = path.substr(0, path.find('/'));
    path.remove_prefix(segment.size());
    const auto plain = percent_decode(segment);
    ends_open = plain == "." || plain == "..";
    if (!ends_open) {
      kept.push_back(segment);
    } else if (plain == ".." && !kept.empty()) {
      kept.pop_back();
    }
  }
  std::string out;
  for (const std::string_view segment : kept) out.append("/").append(segment);
  if (ends_open || out.empty()) out += '/';
  return out;
}

// RFC 3986 5.2.3: the base's path up to its last '/', then the reference.
std::string merged(std::string_view base_path, std::string_view reference) {
  return std::string(base_path.substr(0, base_path.rfind('/') + 1)).append(reference);
}

Result<Url> bounded(Result<Url> url) {
  if (url && to_string(*url).size() > kMaxUrlBytes) return fail(Code::Invalid, "URL too long");
  return url;
}

Result<Url> resolve_parts(const Url& base, const Parts& parts) {
  if (parts.scheme) {
    auto url = absolute(parts);
    if (url) url->path = without_dot_segments(url->path);
    return url;
  }
  Url url = base;
  if (parts.authority) {
    if (auto done = set_authority(url, *parts.authority); !done) return std::unexpected<Error>(done.error());
  }
  if (parts.authority || !parts.path.empty()) {
    const bool rooted = parts.authority || parts.path.starts_with('/');
    const std::string path = rooted ? std::string(parts.path) : merged(base.path, parts.path);
    if (auto done = set_path(url, path); !done) return std::unexpected<Error>(done.error());
    url.path = without_dot_segments(url.path);
  } else if (!parts.query) {
    return url;  // "" and "#fragment" are the base itself
  }
  if (auto done = set_query(url, parts.query); !done) return std::unexpected<Error>(done.error());
  return url;
}

}  // namespace

Result<Url> parse_url(std::string_view text) {
  if (text.size() > kMaxUrlBytes) return fail(Code::Invalid, "URL too long");
  const Parts parts = split(text);
  if (parts.has_fragment) return fail(Code::Invalid, "URL with a fragment");
  if (!parts.scheme) return fail(Code::Invalid, "URL without a scheme");
  return bounded(absolute(parts));
}

Result<Url> resolve(const Url& base, std::string_view reference) {
  if (reference.size() > kMaxUrlBytes) return fail(Code::Invalid, "URL too long");
  return bounded(resolve_parts(base, split(reference)));
}

std::string to_string(const Url& url) {
  return origin(url) + target(url);
}

std::string authority(const Url& url) {
  const bool is_ipv6 = url.host.find(':') != std::string::npos;
  std::string out = is_ipv6 ? "[" + url.host + "]" : url.host;
  if (url.port != default_port(url.scheme)) {
    out += ':';
    out += fmt::format_int(url.port).c_str();
  }
  return out;
}

std::string origin(const Url& url) {
  return fmt::format("{}://{}", url.scheme, authority(url));
}

std::string target(const Url& url) {
  return url.has_query ? url.path + "?" + url.query : url.path;
}

bool same_origin(const Url& a, const Url& b) {
  return a.scheme == b.scheme && equal_ignoring_case(a.host, b.host) && a.port == b.port;
}

bool valid_authority(std::string_view text) {
  return parse_authority(text).has_value();
}

}  // namespace artifactapi::http
