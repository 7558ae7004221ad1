#include "app/command_line.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <sstream>
#include <utility>
#include <vector>

namespace artifactapi::app {
namespace {

constexpr int kUsageError = 2;

constexpr const char* kFooter = R"(
Each flag can also be given as the environment variable named with it; the flag wins. An empty variable is unset.

Without flags:
  ARTIFACTAPI_ADMIN_TOKEN             the token for writes, instead of a file
  DBHOST DBPORT DBUSER DBPASS DBNAME  PostgreSQL
  REDIS_URL                           Redis, as redis://[user:password@]host[:port][/database]
  MINIO_ENDPOINT MINIO_ACCESS_KEY MINIO_SECRET_KEY MINIO_BUCKET MINIO_SECURE
                                      S3
  HTTP_PROXY HTTPS_PROXY NO_PROXY     forward proxy towards upstreams

SIZE is a number with K, M, G or T (powers of 1024), TIME one with ms, s, m, h or d.)";

// Every flag is accepted before and after the subcommand's name, and its text is kept as it is.
void add_flags(CLI::App& command, std::map<std::string, std::string>& texts) {
  for (const auto& row : config::setting_rows()) {
    const std::string flag(row.flag);
    command
        .add_option("--" + flag, texts[flag],
                    fmt::format("{}\n[{}; default: {}]", row.help, row.variable, row.fallback))
        ->type_name(std::string(row.value))
        ->multi_option_policy(CLI::MultiOptionPolicy::Throw);
  }
}

config::FlagMap given(const CLI::App& command, const std::map<std::string, std::string>& texts) {
  config::FlagMap flags;
  for (const auto& [flag, text] : texts) {
    if (command.count("--" + flag) > 0) flags.emplace(flag, text);
  }
  return flags;
}

}  // namespace

std::expected<CommandLine, Exit> parse_command_line(int argc, const char* const* argv) {
  CLI::App app("A caching proxy and repository manager for software artifacts.", "artifactapi");
  std::map<std::string, std::string> texts;
  app.get_formatter()->column_width(44);
  app.footer(kFooter);
  app.require_subcommand(0, 1);
  app.fallthrough();
  add_flags(app, texts);
  bool wants_version = false;
  app.add_flag("--version", wants_version, "print the version, like the subcommand");
  app.add_subcommand("serve", "serve the configured repositories (also without a subcommand)")->fallthrough();
  auto* check = app.add_subcommand("check-config", "say what is wrong with the configuration")->fallthrough();
  auto* version = app.add_subcommand("version", "print the version")->fallthrough();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::ostringstream out;
    std::ostringstream err;
    const int code = app.exit(error, out, err);
    return std::unexpected(Exit{code == 0 ? 0 : kUsageError, code == 0 ? out.str() : err.str()});
  }
  CommandLine line;
  if (check->parsed()) line.command = Command::CheckConfig;
  if (version->parsed() || wants_version) line.command = Command::Version;
  line.flags = given(app, texts);
  return line;
}

}  // namespace artifactapi::app
