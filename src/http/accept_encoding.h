// What an Accept-Encoding field says (RFC 9110 section 12.5.3). Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace artifactapi::http {

inline constexpr std::size_t kMostCodings = 32;  // of a field; one with more counts as if there were none

// Whether an answer in gzip is as welcome as one as it is. Without a field, or with an empty one, it is not:
// who does not ask for a coding may not know any.
[[nodiscard]] bool accepts_gzip(std::string_view accept_encoding);

}  // namespace artifactapi::http
