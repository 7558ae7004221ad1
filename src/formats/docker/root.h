// The root /v2 of the distribution API: which remote a request means, and how errors are written there. Pure.
#pragma once

#include "formats/api_root.h"

#include <array>

namespace artifactapi::formats::docker {

// {"errors":[{"code","message"}]}
[[nodiscard]] std::string error_body(int status, std::string_view word, std::string_view message);

// By `?ns=` where the client names the registry it means, else by the first segment, else the remote that has
// `default_for_root`.
[[nodiscard]] Resolved resolve(const http::CanonicalPath& target, std::span<const Candidate> candidates);

[[nodiscard]] NameOfKey name_of_key(std::string_view key);
[[nodiscard]] NamePage render_names(std::span<const std::string> names, std::string_view query);

inline constexpr std::array<FieldLine, 1> kRootFields{{{"Docker-Distribution-Api-Version", "registry/2.0"}}};

inline constexpr ApiRoot kRoot{.prefix = "/v2",
                               .fixed = kRootFields,
                               .error_body = error_body,
                               .resolve = resolve,
                               .name_of_key = name_of_key,
                               .render_names = render_names};

}  // namespace artifactapi::formats::docker
