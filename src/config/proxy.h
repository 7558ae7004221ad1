// A forward proxy towards upstreams, from remotes.yaml or from HTTP_PROXY and its relatives.
#pragma once

#include "base/result.h"
#include "base/secret.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace artifactapi::config {

struct Proxy {
  std::string url;  // scheme://host:port without credentials; empty: connect directly
  std::string username;
  Secret password;

  friend bool operator==(const Proxy&, const Proxy&) = default;
  [[nodiscard]] bool direct() const { return url.empty(); }
};

// http, https, socks5 or socks5h; without a scheme it is http. "direct" is no proxy. The error never quotes
// the text.
[[nodiscard]] Result<Proxy> parse_proxy(std::string_view text);

// HTTP_PROXY, HTTPS_PROXY and NO_PROXY (lower case wins); a repository's own `proxy` goes before them.
struct UpstreamProxies {
  std::optional<Proxy> http;          // for http:// upstreams
  std::optional<Proxy> https;         // for https:// upstreams
  std::vector<std::string> no_proxy;  // hosts, .suffixes, addresses, CIDR, or "*"
};

}  // namespace artifactapi::config
