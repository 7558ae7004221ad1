#include "upstream/proxy_choice.h"

#include "config/network.h"
#include "http/headers.h"
#include "http/percent.h"

namespace artifactapi::upstream {

namespace {

Secret with_credentials(const config::Proxy& proxy) {
  if (proxy.username.empty()) return Secret(proxy.url);
  const auto scheme_end = proxy.url.find("://") + 3;
  std::string url = proxy.url.substr(0, scheme_end);
  url += http::percent_encode(proxy.username);
  url += ':';
  url += http::percent_encode(proxy.password.reveal());
  url += '@';
  url += proxy.url.substr(scheme_end);
  return Secret(std::move(url));
}

bool below_domain(std::string_view host, std::string_view domain) {
  if (domain.starts_with('.')) domain.remove_prefix(1);
  if (domain.empty() || host.size() < domain.size()) return false;
  const auto tail = host.substr(host.size() - domain.size());
  if (!http::equal_ignoring_case(tail, domain)) return false;
  return host.size() == domain.size() || host[host.size() - domain.size() - 1] == '.';
}

bool matches(std::string_view entry, const http::Url& url) {
  if (entry == "*") return true;
  const auto address = config::parse_address(url.host);
  if (address) {
    const auto network = config::Network::parse(entry);
    if (network) return network->contains(*address);
  }
  const auto colon = entry.rfind(':');
  if (colon != std::string_view::npos && entry.find(':') == colon) {
    if (entry.substr(colon + 1) != std::to_string(url.port)) return false;
    entry = entry.substr(0, colon);
  }
  return below_domain(url.host, entry);
}

}  // namespace

bool excluded(const std::vector<std::string>& no_proxy, const http::Url& url) {
  for (const auto& entry : no_proxy) {
    if (matches(entry, url)) return true;
  }
  return false;
}

Secret ProxyChoice::for_url(const http::Url& url) const {
  if (own) return own->direct() ? Secret() : with_credentials(*own);
  const auto& proxy = url.scheme == "https" ? environment.https : environment.http;
  if (!proxy || proxy->direct() || excluded(environment.no_proxy, url)) return Secret();
  return with_credentials(*proxy);
}

}  // namespace artifactapi::upstream
