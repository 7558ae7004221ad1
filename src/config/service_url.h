// The part of URL syntax that configuration needs: scheme, credentials, host, port, path. Strict.
#pragma once

#include "base/result.h"
#include "base/secret.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace artifactapi::config {

struct ServiceUrl {
  std::string scheme;  // lower case
  bool has_credentials = false;
  std::string username;  // percent-decoded
  Secret password;       // percent-decoded
  std::string host;      // lower case; IPv6 without brackets
  std::optional<std::uint16_t> port;
  std::string path;  // empty or beginning with '/', as written, without trailing slashes

  // scheme://host[:port]path
  [[nodiscard]] std::string without_credentials() const;
};

// Absolute URLs without query and fragment. The error says what is wrong and never quotes the text.
[[nodiscard]] Result<ServiceUrl> parse_service_url(std::string_view text);

struct HostAndPort {
  std::string host;  // lower case; IPv6 without brackets
  std::optional<std::uint16_t> port;
};

// "host", "host:443", "[::1]:443". An IPv6 address needs its brackets.
[[nodiscard]] Result<HostAndPort> parse_host_port(std::string_view text);

}  // namespace artifactapi::config
