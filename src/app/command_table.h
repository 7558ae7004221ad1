// What the command line consists of beside the settings: one row a subcommand, a general flag, or a group of
// variables that have no flag. The parser, --help, the manual page and the completions are made from these.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace artifactapi::app {

enum class Command : std::uint8_t { Serve, CheckConfig, Version, Generate };

inline constexpr std::string_view kProgram = "artifactapi";
inline constexpr std::string_view kAbout = "A caching proxy and repository manager for software artifacts.";
inline constexpr std::string_view kFlagsAndVariables =
    "Each flag can also be given as the environment variable named with it; the flag wins. An empty variable "
    "is unset.";
inline constexpr std::string_view kUnits =
    "SIZE is a number with K, M, G or T (powers of 1024), TIME one with ms, s, m, h or d.";

struct CommandRow {
  Command command;
  std::string_view name;
  std::string_view help;
};
// Generate is left out: it is for building packages, and nothing that is made from these rows mentions it.
[[nodiscard]] std::span<const CommandRow> command_rows();

// Flags without a value, which are no settings. `names` as the parser takes them, for example "-h,--help".
struct GeneralFlag {
  std::string_view names;
  std::string_view long_name;  // without dashes
  std::string_view help;
};
inline constexpr GeneralFlag kHelpFlag{"-h,--help", "help", "print this help"};
inline constexpr GeneralFlag kVersionFlag{"--version", "version", "print the version, like the subcommand"};
[[nodiscard]] std::span<const GeneralFlag> general_flags();

struct VariableRow {
  std::string_view names;  // separated by spaces
  std::string_view help;
};
[[nodiscard]] std::span<const VariableRow> variable_rows();

// What --help prints below the flags.
[[nodiscard]] std::string help_footer();

}  // namespace artifactapi::app
