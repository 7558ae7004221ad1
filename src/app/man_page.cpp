#include "app/man_page.h"

#include "app/command_table.h"
#include "base/version.h"
#include "config/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string_view>

namespace artifactapi::app {
namespace {

// Text that is not a macro: a dash is a dash that can be searched for, and no line begins with a control
// character.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (out.empty() && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
  }
  return out;
}

std::string upper(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return out;
}

std::string section(std::string_view name) {
  return fmt::format(".SH {}\n", name);
}

// A term with its explanation. The term may hold font changes of its own.
std::string entry(std::string_view term, std::string_view text) {
  return fmt::format(".TP\n{}\n{}\n", term, escaped(text));
}

std::string bold(std::string_view text) {
  return fmt::format("\\fB{}\\fR", escaped(text));
}

std::string option(const config::SettingRow& row) {
  const auto term = fmt::format("{} \\fI{}\\fR", bold(fmt::format("--{}", row.flag)), escaped(row.value));
  return entry(term, row.help) +
         fmt::format(".br\n{}; default: {}.\n", escaped(row.variable), escaped(row.fallback));
}

std::string general_option(const GeneralFlag& flag) {
  std::string names(flag.names);
  if (const auto comma = names.find(','); comma != std::string::npos) names.insert(comma + 1, " ");
  return entry(bold(names), flag.help);
}

std::string head() {
  std::string text = fmt::format(".TH {} 1 {} \"{} {}\" \"User Commands\"\n", upper(kProgram), kReleaseDate,
                                 kProgram, kVersion);
  text += section("NAME") + fmt::format("{} \\- caching proxy for package managers\n", kProgram);
  text += section("SYNOPSIS");
  bool first = true;
  for (const auto& row : command_rows()) {
    const auto name = row.command == Command::Serve ? fmt::format("[{}]", bold(row.name)) : bold(row.name);
    text += fmt::format("{}{} {} [\\fIFLAGS\\fR]\n", first ? "" : ".br\n", bold(kProgram), name);
    first = false;
  }
  text += section("DESCRIPTION") + escaped(kAbout) + "\n";
  text +=
      "It stands between package managers and the servers they download from, keeps what passes through, "
      "and\n"
      "hands it out again: faster than the original, and while the original is down.\n";
  return text;
}

constexpr std::string_view kTail = R"(.SH EXIT STATUS
.TP
0
A clean stop, or a configuration that can be used.
.TP
1
The configuration or something the server needs is not usable; standard error says what.
.TP
2
Wrong use of the command line.
.SH SIGNALS
.TP
SIGTERM, SIGINT
Take no new connections, give requests in flight the time of \fB\-\-drain\-timeout\fR, and end.
A second one ends at once.
.TP
SIGHUP
Read the configuration and the certificate again; a bad file changes nothing and is told in the log.
.SH FILES
.TP
\fI/etc/artifactapi/remotes.yaml\fR
The repositories, as the installed service reads them.
.TP
\fI/etc/default/artifactapi\fR
Variables for the installed service; need not exist.
.TP
\fI/var/lib/artifactapi\fR
The store of the installed service.
.SH EXAMPLES
Say what is wrong with a configuration, and serve it on one address:
.PP
.nf
.RS
artifactapi check\-config \-\-config remotes.yaml
artifactapi serve \-\-config remotes.yaml \-\-listen 127.0.0.1:8000 \-\-data\-dir data
.RE
.fi
.SH SEE ALSO
.BR systemctl (1),
.BR curl (1)
)";

}  // namespace

std::string man_page() {
  std::string text = head();
  text += section("COMMANDS");
  for (const auto& row : command_rows()) text += entry(bold(row.name), row.help);
  text += section("OPTIONS") + fmt::format("{}\n{}\n", escaped(kFlagsAndVariables), escaped(kUnits));
  for (const auto& flag : general_flags()) text += general_option(flag);
  for (const auto& row : config::setting_rows()) text += option(row);
  text += section("ENVIRONMENT") + "Beside the variables of the options:\n";
  for (const auto& row : variable_rows()) text += entry(bold(row.names), row.help);
  return text + std::string(kTail);
}

}  // namespace artifactapi::app
