#include "api/public_address.h"

#include "http/path.h"
#include "http/url.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace artifactapi::api {

namespace {

constexpr std::array<std::string_view, 4> kTelling{"Forwarded", "X-Forwarded-Host", "X-Forwarded-Prefix",
                                                   "X-Forwarded-Proto"};

// What stands before the request's path; each part empty when it is not told.
struct Told {
  std::string scheme;
  std::string authority;
  std::string prefix;
};

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string_view first_of(std::string_view list) {
  return trimmed(list.substr(0, list.find(',')));
}

void take_scheme(Told& told, std::string_view text) {
  for (const std::string_view scheme : {"https", "http"}) {
    if (http::equal_ignoring_case(text, scheme)) told.scheme = scheme;
  }
}

void take_authority(Told& told, std::string_view text) {
  if (http::valid_authority(text)) told.authority = text;
}

void take_prefix(Told& told, std::string_view text) {
  if (!text.starts_with('/') || text.contains("//")) return;
  const auto path = http::canonicalise(text);
  if (!path || path->has_query) return;
  told.prefix = path->encoded;
  while (told.prefix.ends_with('/')) told.prefix.pop_back();
}

// for=…;proto=https;host="a:8080"
void take_forwarded(Told& told, std::string_view element) {
  while (!element.empty()) {
    const auto end = element.find(';');
    const auto pair = trimmed(element.substr(0, end));
    const auto equals = pair.find('=');
    if (equals != std::string_view::npos) {
      auto value = pair.substr(equals + 1);
      if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
        value = value.substr(1, value.size() - 2);
      }
      const auto name = pair.substr(0, equals);
      if (http::equal_ignoring_case(name, "proto")) take_scheme(told, value);
      if (http::equal_ignoring_case(name, "host")) take_authority(told, value);
    }
    if (end == std::string_view::npos) break;
    element.remove_prefix(end + 1);
  }
}

bool is_trusted(const PublicAddress& settings, std::string_view peer) {
  const auto address = config::parse_address(peer);
  return address && std::ranges::any_of(settings.trusted, [&](const config::Network& network) {
           return network.contains(*address);
         });
}

Told told_by_peer(const http::Headers& headers) {
  Told told;
  take_scheme(told, first_of(headers.get("X-Forwarded-Proto").value_or("")));
  take_authority(told, first_of(headers.get("X-Forwarded-Host").value_or("")));
  take_prefix(told, first_of(headers.get("X-Forwarded-Prefix").value_or("")));
  take_forwarded(told, first_of(headers.get("Forwarded").value_or("")));
  return told;
}

}  // namespace

bool names_another_address(const http::Headers& headers) {
  return std::ranges::any_of(kTelling, [&headers](std::string_view name) { return headers.has(name); });
}

std::optional<std::string> address_of(const PublicAddress& settings, const http::Request& request,
                                      const RequestContext& context) {
  if (!settings.url.empty()) return settings.url;
  Told told;
  if (is_trusted(settings, context.peer_address)) told = told_by_peer(request.headers);
  if (told.scheme.empty()) told.scheme = context.secure ? "https" : "http";
  if (told.authority.empty()) take_authority(told, request.headers.get("Host").value_or(""));
  if (told.authority.empty()) return std::nullopt;
  return told.scheme + "://" + told.authority + told.prefix;
}

std::string plain_host_of(const std::string& address, bool secure) {
  const std::string_view scheme = secure ? "https://" : "http://";
  if (!address.starts_with(scheme) || address.find('/', scheme.size()) != std::string::npos) return address;
  return address.substr(scheme.size());
}

}  // namespace artifactapi::api
