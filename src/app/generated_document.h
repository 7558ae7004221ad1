// The documents that `artifactapi generate NAME` prints, so that they are those of the very program
// installed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace artifactapi::app {

// "man", "bash", "zsh", "fish".
[[nodiscard]] std::vector<std::string> document_names();

// Empty for a name that is not one of those.
[[nodiscard]] std::string generated_document(std::string_view name);

}  // namespace artifactapi::app
