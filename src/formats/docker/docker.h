// Registries of container images (OCI distribution specification 1.1, Docker Registry HTTP API V2).
#pragma once

#include "formats/docker/layout.h"
#include "formats/docker/root.h"
#include "formats/docker/tag_list.h"
#include "formats/format.h"

#include <array>
#include <string_view>

namespace artifactapi::formats {

namespace docker {
// Docker Hub's token service has a host of its own.
inline constexpr std::array<std::string_view, 1> kTokenHosts{"auth.docker.io"};
// Docker Hub says with it whom it counts: the account or the address.
inline constexpr std::array<std::string_view, 1> kQuotaHeaders{"docker-ratelimit-source"};
}  // namespace docker

inline constexpr Format kDocker{.name = "docker",
                                .built = true,
                                .rules = {},
                                .keep_query = true,
                                .listed = true,
                                .documents = &docker::kTagLists,
                                .by_challenge = true,
                                .lay_out = docker::lay_out,
                                .settle_base = docker::settle_base,
                                .root = &docker::kRoot,
                                .token_hosts = docker::kTokenHosts,
                                .quota_headers = docker::kQuotaHeaders};

}  // namespace artifactapi::formats
