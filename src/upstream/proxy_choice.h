// Which forward proxy a URL is fetched through, if any.
#pragma once

#include "base/secret.h"
#include "config/proxy.h"
#include "http/url.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace artifactapi::upstream {

// A remote's own `proxy` goes before HTTP_PROXY / HTTPS_PROXY, which NO_PROXY limits. Immutable.
struct ProxyChoice {
  std::optional<config::Proxy> own;
  config::UpstreamProxies environment;

  // The proxy's URL with its credentials; empty for a direct connection.
  [[nodiscard]] Secret for_url(const http::Url& url) const;
};

// NO_PROXY's rules: "*", a host, a ".suffix" or domain and what is below it, an address, a network; each with
// an optional ":port".
bool excluded(const std::vector<std::string>& no_proxy, const http::Url& url);

}  // namespace artifactapi::upstream
