// remotes.yaml to Remotes: strict, complete (all findings at once) and bounded.
#pragma once

#include "config/config.h"
#include "config/diagnostic.h"
#include "config/environment.h"

#include <cstddef>
#include <expected>
#include <span>
#include <string>
#include <string_view>

namespace artifactapi::config {

namespace limits {
inline constexpr std::size_t kMaxFileBytes = std::size_t{4} << 20U;
inline constexpr std::size_t kMaxRemotes = 10'000;
inline constexpr std::size_t kMaxYamlNodes = 500'000;  // after aliases are expanded
inline constexpr std::size_t kMaxYamlDepth = 16;
inline constexpr std::size_t kMaxDiagnostics = 200;  // more are counted, not listed
}  // namespace limits

// A package type the program knows; a known one that is not built loads with a warning.
struct PackageType {
  std::string_view name;
  bool built = true;
};

// `file_name` is only for the diagnostics. `${NAME}` in a value is taken from `environment` (`$${NAME}` stays
// `${NAME}`). Reads the file system only to check that `tls.ca_file` can be opened.
[[nodiscard]] std::expected<Remotes, Diagnostics> load_remotes(const std::string& text,
                                                               const std::string& file_name,
                                                               std::span<const PackageType> packages,
                                                               const Environment& environment);

// The same from a file; one that cannot be read, or is over the limit, is a diagnostic.
[[nodiscard]] std::expected<Remotes, Diagnostics> load_remotes_file(const std::string& path,
                                                                    std::span<const PackageType> packages,
                                                                    const Environment& environment);

}  // namespace artifactapi::config
