// Completion scripts for shells, made from the tables behind the command line.
#pragma once

#include <string>

namespace artifactapi::app {

// Each is a whole script: flags, what may follow them (files, folders, a choice), and subcommands.
[[nodiscard]] std::string bash_completion();  // for /usr/share/bash-completion/completions/artifactapi
[[nodiscard]] std::string zsh_completion();   // for _artifactapi in a folder of $fpath
[[nodiscard]] std::string fish_completion();  // for vendor_completions.d/artifactapi.fish

}  // namespace artifactapi::app
