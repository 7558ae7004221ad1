#include "app/check_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <ostream>
#include <string>
#include <string_view>

namespace artifactapi::app {
namespace {

void print(const config::Diagnostics& findings, std::ostream& err) {
  for (const auto& finding : findings) err << config::to_string(finding) << '\n';
}

std::string counted(std::ptrdiff_t number, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", number, number == 1 ? one : many);
}

// What `serve` would read. The settings may be wrong and still tell where the file is.
std::string config_path(const config::FlagMap& flags, const config::Environment& environment) {
  if (const auto flag = flags.find("config"); flag != flags.end()) return flag->second;
  const auto variable = environment.find("ARTIFACTAPI_CONFIG");
  if (variable != environment.end() && !variable->second.empty()) return variable->second;
  return config::Settings{}.config_path;
}

}  // namespace

int check_config(const config::FlagMap& flags, const config::Environment& environment,
                 std::span<const config::PackageType> packages, std::ostream& out, std::ostream& err) {
  config::Diagnostics findings;
  const auto add = [&](const config::Diagnostics& more) {
    findings.insert(findings.end(), more.begin(), more.end());
  };
  const auto settings = config::load_settings(flags, environment);
  add(settings ? config::unsupported(*settings) : settings.error());
  const auto path = config_path(flags, environment);
  const auto remotes = config::load_remotes_file(path, packages, environment);
  add(remotes ? remotes->warnings : remotes.error());
  print(findings, err);

  const auto errors = std::ranges::count(findings, config::Severity::Error, &config::Diagnostic::severity);
  const auto warnings = static_cast<std::ptrdiff_t>(findings.size()) - errors;
  const auto warned = counted(warnings, "warning", "warnings");
  if (errors > 0) {
    out << fmt::format("{}: not usable: {}, {}\n", path, counted(errors, "error", "errors"), warned);
    return 1;
  }
  const auto repositories = static_cast<std::ptrdiff_t>(remotes->repositories.size());
  out << fmt::format("{}: fine: {}, {}\n", path, counted(repositories, "repository", "repositories"), warned);
  return 0;
}

}  // namespace artifactapi::app
