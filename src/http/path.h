// The canonical path: the one spelling that is matched against patterns, sent upstream and part of the key.
#pragma once

#include "base/result.h"
#include "http/query.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace artifactapi::http {

inline constexpr std::size_t kMaxPathBytes = 8 * 1024;  // path and query together, before and after

struct CanonicalPath {
  std::string encoded;  // what is sent and keyed
  // Subject of patterns; UTF-8 without control characters. "%2F" in it was %2F or %252F: only `encoded`
  // tells.
  std::string decoded;
  std::string query;  // canonical, without '?'; may be empty
  bool has_query = false;
};

// Decodes once and encodes again: unreserved, sub-delims, ':' '@' and '/' raw ('+' stays '+'), all else %XX
// in upper case. An escaped slash stays %2F in both forms, "//" and a trailing slash stay. A leading '/' is
// neither demanded nor added. canonicalise(p.encoded).encoded == p.encoded.
//
// Invalid: malformed escapes; segments "." and "..", also escaped, between escaped slashes or with
// ";parameters"; NUL, backslash and control characters, raw or escaped; what is not UTF-8 when decoded; a
// '#'. TooLarge: over kMaxPathBytes.
Result<CanonicalPath> canonicalise(std::string_view path_and_query);

}  // namespace artifactapi::http
