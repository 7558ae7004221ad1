#include "config/proxy.h"

#include "config/service_url.h"

#include <fmt/format.h>

namespace artifactapi::config {

Result<Proxy> parse_proxy(std::string_view text) {
  if (text == "direct") return Proxy{};
  const std::string with_scheme = text.contains("://") ? std::string(text) : fmt::format("http://{}", text);
  auto url = parse_service_url(with_scheme);
  if (!url) return std::unexpected(url.error());
  const auto& scheme = url->scheme;
  if (scheme != "http" && scheme != "https" && scheme != "socks5" && scheme != "socks5h") {
    return fail(Code::Invalid, "a proxy is http, https, socks5 or socks5h");
  }
  if (!url->path.empty()) return fail(Code::Invalid, "a proxy's URL has no path");
  return Proxy{url->without_credentials(), url->username, url->password};
}

}  // namespace artifactapi::config
