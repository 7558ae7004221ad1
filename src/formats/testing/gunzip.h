// Reads gzip as a client does.
#pragma once

#include <string>

namespace artifactapi::formats::testing {

// The text of one whole gzip member and nothing else; a test that has something else fails.
[[nodiscard]] std::string gunzip(std::string bytes);

}  // namespace artifactapi::formats::testing
