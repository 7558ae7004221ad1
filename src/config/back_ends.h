// PostgreSQL, Redis and S3 from the environment. A group that is half set is an error naming what is missing.
#pragma once

#include "config/diagnostic.h"
#include "config/environment.h"
#include "config/settings.h"

namespace artifactapi::config {

void read_back_ends(const Environment& environment, Settings& out, Diagnostics& findings);

// HTTP_PROXY, HTTPS_PROXY and NO_PROXY; lower case wins.
void read_upstream_proxies(const Environment& environment, Settings& out, Diagnostics& findings);

// The value of a variable; nothing when it is unset or empty.
[[nodiscard]] std::optional<std::string> variable(const Environment& environment, std::string_view name);

}  // namespace artifactapi::config
