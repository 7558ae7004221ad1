// Docker Hub answers to several host names, and its official images to short names. Pure.
#pragma once

#include "http/url.h"

#include <string>
#include <string_view>

namespace artifactapi::formats::docker {

// docker.io, index.docker.io and registry-1.docker.io are one registry.
[[nodiscard]] bool is_hub(std::string_view authority);
// Where the registry's API really is. settle_base of formats/format.h.
void settle_base(http::Url& base);
// The name a registry is known by to clients, as in `?ns=`; empty for a base that has a path of its own.
[[nodiscard]] std::string registry_of(const http::Url& base);
// The same of what a client wrote; lower-case, without the port that https has anyway.
[[nodiscard]] std::string registry_of(std::string_view authority);

}  // namespace artifactapi::formats::docker
