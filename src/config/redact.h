// The configuration as anyone may see it (GET /config): every secret is "***".
#pragma once

#include "config/config.h"
#include "config/settings.h"

#include <string>

namespace artifactapi::config {

// {"settings":{...},"remotes":{NAME:{...}}}, remotes in file order, with the keys of remotes.yaml.
[[nodiscard]] std::string redacted_json(const Remotes& remotes, const Settings& settings);

}  // namespace artifactapi::config
