// The command line: which subcommand, and the flags as text. Their meaning is config/settings.h's business.
#pragma once

#include "app/command_table.h"
#include "config/settings.h"

#include <expected>
#include <string>

namespace artifactapi::app {

struct CommandLine {
  Command command = Command::Serve;
  std::string document;  // of Command::Generate: a name that generated_document() knows
  config::FlagMap flags;
};

// The program is to stop here: print `output` (to stdout when the code is 0, else to stderr) and exit with
// `code`.
struct Exit {
  int code = 0;
  std::string output;
};

// No subcommand is `serve`. --help is an Exit with code 0; an unknown flag or subcommand one with code 2.
[[nodiscard]] std::expected<CommandLine, Exit> parse_command_line(int argc, const char* const* argv);

}  // namespace artifactapi::app
