// The command line: parse, load, and hand over to the subcommand.
#include "app/application.h"
#include "app/check_config.h"
#include "app/command_line.h"
#include "app/generated_document.h"
#include "base/version.h"
#include "config/environment.h"
#include "config/load.h"
#include "config/settings.h"
#include "formats/format.h"
#include "runtime/file_watch.h"

#include <iostream>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace artifactapi;

std::vector<config::PackageType> package_types() {
  std::vector<config::PackageType> types;
  for (const auto* format : formats::all()) types.push_back({format->name, format->built});
  return types;
}

int print(const config::Diagnostics& diagnostics) {
  for (const auto& diagnostic : diagnostics) std::cerr << config::to_string(diagnostic) << "\n";
  return 1;
}

int serve(const config::FlagMap& flags, const config::Environment& environment) {
  const auto settings = config::load_settings(flags, environment);
  if (!settings) return print(settings.error());
  const auto missing = config::unsupported(*settings);
  if (!missing.empty()) return print(missing);
  app::ConfigSource source;
  source.load = [path = settings->config_path, types = package_types(), environment] {
    return config::load_remotes_file(path, types, environment);
  };
  source.seen = runtime::fingerprint({settings->config_path});
  const auto remotes = source.load();
  if (!remotes) return print(remotes.error());
  auto application = app::Application::make(*settings, *remotes, std::move(source));
  if (!application) {
    std::cerr << "artifactapi: " << application.error().message << "\n";
    return 1;
  }
  return (*application)->serve();
}

}  // namespace

int main(int argc, char** argv) {
  const auto line = app::parse_command_line(argc, argv);
  if (!line) {
    (line.error().code == 0 ? std::cout : std::cerr) << line.error().output;
    return line.error().code;
  }
  const auto environment = config::process_environment();
  switch (line->command) {
    case app::Command::Serve: return serve(line->flags, environment);
    case app::Command::CheckConfig:
      return app::check_config(line->flags, environment, package_types(), std::cout, std::cerr);
    case app::Command::Version: std::cout << "artifactapi " << kVersion << "\n"; return 0;
    case app::Command::Generate: std::cout << app::generated_document(line->document); return 0;
  }
  return 1;
}
