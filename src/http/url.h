// http and https URLs (RFC 3986), strict and bounded.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace artifactapi::http {

inline constexpr std::size_t kMaxUrlBytes = 8 * 1024;

struct Url {
  std::string scheme = "http";  // "http" or "https"
  std::string user;             // decoded
  std::string password;         // decoded
  std::string host;             // lower-case; an IPv6 address without its brackets
  std::uint16_t port = 80;
  std::string path = "/";  // encoded, at least "/"
  std::string query;       // encoded, without '?'
  bool has_query = false;
  friend bool operator==(const Url&, const Url&) = default;
};

// Absolute URLs without fragment. Escapes stay as they are (signed URLs must survive); bytes that no URL may
// hold are escaped. Invalid: other schemes, no or odd host, port 0, control characters, backslash, malformed
// escapes, a fragment, over kMaxUrlBytes.
Result<Url> parse_url(std::string_view text);

// RFC 3986 5.3 with dot segments removed; the fragment is dropped. A relative reference keeps the base's user
// and password, one with an authority has its own. Invalid as in parse_url.
Result<Url> resolve(const Url& base, std::string_view reference);

// Without user and password, and with the port only when it is not the scheme's own.
std::string to_string(const Url& url);
// host[:port], the port only when it is not the scheme's own; IPv6 in brackets. What the Host field holds.
std::string authority(const Url& url);
// scheme://authority
std::string origin(const Url& url);
// path[?query]: what is asked of the origin.
std::string target(const Url& url);
bool same_origin(const Url& a, const Url& b);

// host[:port] as a Host field may hold it: a name of letters, digits, '-', '_' and '.', an IPv4 or a
// bracketed IPv6 address; the port from 1 to 65535. No user, no escapes.
bool valid_authority(std::string_view text);

}  // namespace artifactapi::http
