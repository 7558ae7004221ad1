#include "app/completion.h"

#include "app/command_table.h"
#include "config/settings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdint>
#include <string_view>
#include <vector>

namespace artifactapi::app {
namespace {

// What a shell can offer for the value of a flag.
enum class Offer : std::uint8_t { Nothing, Files, Folders, Choices };

Offer offer(const config::SettingRow& row) {
  if (row.value == "FILE") return Offer::Files;
  if (row.value == "DIR") return Offer::Folders;
  // "text|json" are words to choose from, "SIZE|PERCENT" are not.
  const bool words = row.value.find_first_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == std::string_view::npos;
  return words && row.value.contains('|') ? Offer::Choices : Offer::Nothing;
}

std::string replaced(std::string_view text, std::string_view what, std::string_view by) {
  std::string out;
  while (true) {
    const auto at = text.find(what);
    out += text.substr(0, at);
    if (at == std::string_view::npos) return out;
    out += by;
    text.remove_prefix(at + what.size());
  }
}

std::string choices(const config::SettingRow& row) {
  return replaced(row.value, "|", " ");
}

// For bash and zsh: nothing inside is special, a quote is closed, escaped and opened again.
std::string quoted(std::string_view text) {
  return "'" + replaced(text, "'", "'\\''") + "'";
}

std::string fish_quoted(std::string_view text) {
  return "'" + replaced(replaced(text, "\\", "\\\\"), "'", "\\'") + "'";
}

// _arguments reads [explanation]:message:action; what separates them is escaped inside.
std::string zsh_explanation(std::string_view text) {
  return replaced(replaced(replaced(text, "\\", "\\\\"), "[", "\\["), "]", "\\]");
}
std::string zsh_message(std::string_view text) {
  return replaced(replaced(text, "\\", "\\\\"), ":", "\\:");
}

std::string zsh_action(const config::SettingRow& row) {
  switch (offer(row)) {
    case Offer::Nothing: return " ";
    case Offer::Files: return "_files";
    case Offer::Folders: return "_files -/";
    case Offer::Choices: return fmt::format("({})", choices(row));
  }
  return " ";
}

std::string bash_action(const config::SettingRow& row) {
  switch (offer(row)) {
    case Offer::Nothing: return "";
    case Offer::Files: return "_artifactapi_paths -f; ";
    case Offer::Folders: return "_artifactapi_paths -d; ";
    case Offer::Choices: return fmt::format("_artifactapi_words {}; ", quoted(choices(row)));
  }
  return "";
}

std::string fish_action(const config::SettingRow& row) {
  switch (offer(row)) {
    case Offer::Nothing: return "-x";
    case Offer::Files: return "-r -F";
    case Offer::Folders: return "-x -a '(__fish_complete_directories)'";
    case Offer::Choices: return fmt::format("-x -a {}", fish_quoted(choices(row)));
  }
  return "-x";
}

constexpr std::string_view kBashHead = R"(# bash completion for artifactapi

_artifactapi_words() {
  mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur")
}

_artifactapi_paths() {
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen "$1" -- "$cur")
}

_artifactapi() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
  COMPREPLY=()
  # "--flag=value" comes as three words.
  if [[ $cur == "=" ]]; then
    cur=
  elif [[ $prev == "=" ]]; then
    prev=${COMP_WORDS[COMP_CWORD-2]}
  fi
  case $prev in
)";

}  // namespace

std::string bash_completion() {
  std::string text(kBashHead);
  std::vector<std::string> flags;
  std::vector<std::string_view> commands;
  for (const auto& row : config::setting_rows()) {
    text += fmt::format("    --{}) {}return ;;\n", row.flag, bash_action(row));
    flags.push_back(fmt::format("--{}", row.flag));
  }
  for (const auto& flag : general_flags()) flags.push_back(fmt::format("--{}", flag.long_name));
  for (const auto& row : command_rows()) commands.push_back(row.name);
  text += fmt::format(
      "  esac\n  if [[ $cur == -* ]]; then\n    _artifactapi_words '{}'\n  else\n"
      "    _artifactapi_words '{}'\n  fi\n}}\n\ncomplete -F _artifactapi artifactapi\n",
      fmt::join(flags, " "), fmt::join(commands, " "));
  return text;
}

std::string zsh_completion() {
  std::string text = "#compdef artifactapi\n\nlocal -a commands\ncommands=(\n";
  for (const auto& row : command_rows()) {
    text += fmt::format("  {}\n", quoted(fmt::format("{}:{}", row.name, zsh_message(row.help))));
  }
  text += ")\n\n_arguments -S \\\n";
  for (const auto& flag : general_flags()) {
    text +=
        fmt::format("  {} \\\n", quoted(fmt::format("--{}[{}]", flag.long_name, zsh_explanation(flag.help))));
  }
  for (const auto& row : config::setting_rows()) {
    text +=
        fmt::format("  {} \\\n", quoted(fmt::format("--{}=[{}]:{}:{}", row.flag, zsh_explanation(row.help),
                                                    zsh_message(row.value), zsh_action(row))));
  }
  return text + "  '1:command:{_describe command commands}'\n";
}

std::string fish_completion() {
  std::string text = "# fish completion for artifactapi\n\ncomplete -c artifactapi -f\n";
  for (const auto& row : command_rows()) {
    text += fmt::format("complete -c artifactapi -n __fish_use_subcommand -a {} -d {}\n", row.name,
                        fish_quoted(row.help));
  }
  for (const auto& flag : general_flags()) {
    text += fmt::format("complete -c artifactapi -l {} -d {}\n", flag.long_name, fish_quoted(flag.help));
  }
  for (const auto& row : config::setting_rows()) {
    text += fmt::format("complete -c artifactapi -l {} {} -d {}\n", row.flag, fish_action(row),
                        fish_quoted(row.help));
  }
  return text;
}

}  // namespace artifactapi::app
