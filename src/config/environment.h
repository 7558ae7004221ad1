// The process environment as a value. Only this file reads it; everything else gets it as an argument.
#pragma once

#include <functional>
#include <map>
#include <string>

namespace artifactapi::config {

using Environment = std::map<std::string, std::string, std::less<>>;

// A copy of the environment as it is now. Not to be called while another thread changes it.
[[nodiscard]] Environment process_environment();

}  // namespace artifactapi::config
