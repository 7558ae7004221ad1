#include "config/service_url.h"

#include "config/network.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace artifactapi::config {
namespace {

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}
bool is_host_character(char c) {
  return is_letter_or_digit(c) || c == '.' || c == '-' || c == '_';
}
// RFC 3986: what may stand in a path, or begins an escape.
bool is_path_character(char c) {
  return is_letter_or_digit(c) || std::string_view("-._~!$&'()*+,;=:@/%").contains(c);
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  return out;
}

// Decodes %XX; nothing for a broken escape or one of a control character.
std::optional<std::string> decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    unsigned value = 0;
    const auto hex = text.substr(i + 1, 2);
    const auto [end, error] = std::from_chars(hex.data(), hex.data() + hex.size(), value, 16);
    if (hex.size() != 2 || error != std::errc{} || end != hex.data() + 2 || value < 0x20 || value == 0x7F)
      return {};
    out += static_cast<char>(value);
    i += 2;
  }
  return out;
}

Result<> read_credentials(std::string_view text, ServiceUrl& url) {
  const auto colon = text.find(':');
  const auto username = decoded(text.substr(0, colon));
  const auto password = decoded(colon == std::string_view::npos ? "" : text.substr(colon + 1));
  if (!username || !password) return fail(Code::Invalid, "bad percent-escape in the credentials of the URL");
  url.has_credentials = true;
  url.username = *username;
  url.password = Secret(*password);
  return {};
}

}  // namespace

std::string ServiceUrl::without_credentials() const {
  const std::string shown = host.contains(':') ? fmt::format("[{}]", host) : host;
  return port ? fmt::format("{}://{}:{}{}", scheme, shown, *port, path)
              : fmt::format("{}://{}{}", scheme, shown, path);
}

Result<HostAndPort> parse_host_port(std::string_view text) {
  HostAndPort out;
  std::string_view rest;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return fail(Code::Invalid, "[ without ]");
    out.host = lower(text.substr(1, close - 1));
    if (!out.host.contains(':') || !parse_address(out.host))
      return fail(Code::Invalid, "not an IPv6 address in []");
    rest = text.substr(close + 1);
  } else {
    const auto colon = text.find(':');
    out.host = lower(text.substr(0, colon));
    rest = colon == std::string_view::npos ? std::string_view() : text.substr(colon);
    if (out.host.empty()) return fail(Code::Invalid, "the host is missing");
    if (out.host.size() > 253) return fail(Code::Invalid, "the host is longer than 253 bytes");
    if (!std::ranges::all_of(out.host, is_host_character))
      return fail(Code::Invalid, "bad character in the host");
  }
  if (rest.empty()) return out;
  std::uint16_t port = 0;
  const auto digits = rest.substr(1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (rest[0] != ':' || error != std::errc{} || end != digits.data() + digits.size()) {
    return fail(Code::Invalid, "the port is not a number from 0 to 65535");
  }
  out.port = port;
  return out;
}

Result<ServiceUrl> parse_service_url(std::string_view text) {
  constexpr std::size_t kLongestUrl = 2048;
  ServiceUrl url;
  if (text.size() > kLongestUrl) return fail(Code::TooLarge, "longer than 2048 bytes");
  const auto colon = text.find("://");
  if (colon == std::string_view::npos) return fail(Code::Invalid, "not a URL such as https://example.com");
  url.scheme = lower(text.substr(0, colon));
  auto rest = text.substr(colon + 3);
  const auto slash = std::min(rest.find_first_of("/?#"), rest.size());
  auto authority = rest.substr(0, slash);
  auto path = rest.substr(slash);

  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    if (auto read = read_credentials(authority.substr(0, at), url); !read)
      return std::unexpected(read.error());
    authority.remove_prefix(at + 1);
  }
  auto where = parse_host_port(authority);
  if (!where) return std::unexpected(where.error());
  if (where->port == 0) return fail(Code::Invalid, "the port is 0");
  url.host = std::move(where->host);
  url.port = where->port;

  if (path.contains('?')) return fail(Code::Invalid, "the URL has a query");
  if (path.contains('#')) return fail(Code::Invalid, "the URL has a fragment");
  if (!std::ranges::all_of(path, is_path_character) || !decoded(path)) {
    return fail(Code::Invalid, "bad character in the path of the URL");
  }
  while (path.ends_with('/')) path.remove_suffix(1);
  url.path = path;
  return url;
}

}  // namespace artifactapi::config
