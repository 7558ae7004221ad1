#include "app/command_line.h"

#include "app/generated_document.h"

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

// For the build and for packagers; not in the help.
void add_generate(CLI::App& app, CommandLine& line) {
  auto* command = app.add_subcommand("generate", "print a manual page or a completion script");
  command->group("");
  command->add_option("document", line.document)->required()->check(CLI::IsMember(document_names()));
  command->callback([&line] { line.command = Command::Generate; });
}

}  // namespace

std::expected<CommandLine, Exit> parse_command_line(int argc, const char* const* argv) {
  CLI::App app{std::string(kAbout), std::string(kProgram)};
  std::map<std::string, std::string> texts;
  app.get_formatter()->column_width(44);
  app.footer(help_footer());
  app.require_subcommand(0, 1);
  app.fallthrough();
  app.set_help_flag(std::string(kHelpFlag.names), std::string(kHelpFlag.help));
  add_flags(app, texts);
  CommandLine line;
  bool wants_version = false;
  app.add_flag(std::string(kVersionFlag.names), wants_version, std::string(kVersionFlag.help));
  for (const auto& row : command_rows()) {
    auto* command = app.add_subcommand(std::string(row.name), std::string(row.help));
    command->fallthrough();
    command->callback([&line, &row] { line.command = row.command; });
  }
  add_generate(app, line);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::ostringstream out;
    std::ostringstream err;
    const int code = app.exit(error, out, err);
    return std::unexpected(Exit{code == 0 ? 0 : kUsageError, code == 0 ? out.str() : err.str()});
  }
  if (wants_version) line.command = Command::Version;
  line.flags = given(app, texts);
  return line;
}

}  // namespace artifactapi::app
