// Under which address a client reached us: the base of the links we write.
#pragma once

#include "api/handler.h"
#include "config/network.h"
#include "http/request.h"

#include <optional>
#include <string>
#include <vector>

namespace artifactapi::api {

// As configured.
struct PublicAddress {
  std::string url;                       // no trailing '/'; empty: from the request
  std::vector<config::Network> trusted;  // peers whose Forwarded and X-Forwarded-* count
};

// scheme://authority[/prefix] without a trailing '/': what is configured, else what a trusted peer says the
// client used (Forwarded of RFC 7239 before X-Forwarded-Proto, -Host and -Prefix; of several values the
// first, a malformed one counts as none), else Host. Nothing: the request names no host, as HTTP/1.0 may.
[[nodiscard]] std::optional<std::string> address_of(const PublicAddress& settings,
                                                    const http::Request& request,
                                                    const RequestContext& context);

// The Host by which clients reach us under that address where no proxy tells of another; what no Host can be
// when there is none. `secure`: they come by our own TLS.
[[nodiscard]] std::string plain_host_of(const std::string& address, bool secure);

// Whether a proxy told, trusted or not, of an address that may be another one than Host.
[[nodiscard]] bool names_another_address(const http::Headers& headers);

}  // namespace artifactapi::api
