#include "app/command_table.h"

#include <fmt/format.h>

#include <array>

namespace artifactapi::app {
namespace {

constexpr std::array<CommandRow, 3> kCommands = {{
    {Command::Serve, "serve", "serve the configured repositories (also without a subcommand)"},
    {Command::CheckConfig, "check-config", "say what is wrong with the configuration"},
    {Command::Version, "version", "print the version"},
}};

constexpr std::array<GeneralFlag, 2> kGeneralFlags = {kHelpFlag, kVersionFlag};

constexpr std::array<VariableRow, 5> kVariables = {{
    {"ARTIFACTAPI_ADMIN_TOKEN", "the token for writes, instead of a file"},
    {"DBHOST DBPORT DBUSER DBPASS DBNAME", "PostgreSQL"},
    {"REDIS_URL", "Redis, as redis://[user:password@]host[:port][/database]"},
    {"MINIO_ENDPOINT MINIO_ACCESS_KEY MINIO_SECRET_KEY MINIO_BUCKET MINIO_SECURE", "S3"},
    {"HTTP_PROXY HTTPS_PROXY NO_PROXY", "forward proxy towards upstreams"},
}};

constexpr std::size_t kNamesWidth = 34;

}  // namespace

std::span<const CommandRow> command_rows() {
  return kCommands;
}

std::span<const GeneralFlag> general_flags() {
  return kGeneralFlags;
}

std::span<const VariableRow> variable_rows() {
  return kVariables;
}

std::string help_footer() {
  std::string text = fmt::format("\n{}\n\nWithout flags:\n", kFlagsAndVariables);
  for (const auto& row : kVariables) {
    if (row.names.size() <= kNamesWidth) {
      text += fmt::format("  {:<{}}  {}\n", row.names, kNamesWidth, row.help);
    } else {
      text += fmt::format("  {}\n  {:<{}}  {}\n", row.names, "", kNamesWidth, row.help);
    }
  }
  return text + fmt::format("\n{}", kUnits);
}

}  // namespace artifactapi::app
