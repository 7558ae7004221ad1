// Errors as npm reads them. Pure.
#pragma once

#include <string>
#include <string_view>

namespace artifactapi::formats::npm {

// {"error"}, which clients show. With a word of the registry's own that is the word, and what it means stands
// in "reason".
[[nodiscard]] std::string error_body(int status, std::string_view word, std::string_view message);

}  // namespace artifactapi::formats::npm
