// Bearer tokens of the distribution token protocol: what is asked for one, what comes back, and how long that
// is good. Pure.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "http/challenge.h"
#include "http/url.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace artifactapi::upstream {

inline constexpr std::size_t kMaxTokenDocumentBytes = 64 * 1024;
inline constexpr std::size_t kMaxTokenBytes = 16 * 1024;
inline constexpr std::size_t kMaxServiceBytes = 1024;  // the challenge's `service`
inline constexpr std::size_t kMaxScopeBytes = 4 * 1024;
inline constexpr Seconds kDefaultTokenLife{60};
inline constexpr Seconds kLongestTokenLife{12 * 60 * 60};

struct Token {
  Secret value;
  Time renew_at{};    // a new one is wanted from here on
  Time expires_at{};  // after renew_at
};

// Who gives tokens, and for whom.
struct TokenService {
  http::Url realm;  // without user and password
  std::string service;
  friend bool operator==(const TokenService&, const TokenService&) = default;
};

// What a Bearer challenge names; nullopt for another scheme, without a realm that is an http URL, and beyond
// the bounds.
struct BearerChallenge {
  TokenService service;
  std::string scope;  // empty: none
};
std::optional<BearerChallenge> bearer_challenge(const http::Challenge& challenge);

// The realm with service and scope in its query; several scopes (separated by spaces) become one parameter
// each, an empty one none.
http::Url token_url(const TokenService& service, std::string_view scope);

// Reads the JSON answer: `token` or `access_token`, `expires_in` in seconds, `issued_at`. Lives that make no
// sense become the default or the longest; `issued_at` only counts where it shortens a life without ending
// it, as the service's clock may be wrong. `asked_at`: when the request was sent.
// Invalid: no JSON object, no token, one that is too long or that no header may hold.
Result<Token> parse_token(std::string_view document, Time asked_at);

// Whether the credentials for `base` may be shown to `realm`: on base's own host, and on `token_hosts` (lower
// case, host or host:port).
bool may_see_credentials(const http::Url& realm, const http::Url& base,
                         std::span<const std::string> token_hosts);

}  // namespace artifactapi::upstream
