#include "config/settings.h"

#include "config/back_ends.h"
#include "config/settings_table.h"
#include "config/suggestion.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <utility>

namespace artifactapi::config {
namespace {

constexpr std::uint64_t kMostDefaultMemoryCache = std::uint64_t{1} << 30U;
constexpr std::uint64_t kMemoryCacheOfUnknownMachine = std::uint64_t{64} << 20U;

void report(Diagnostics& findings, std::string name, std::string message, std::string hint = {}) {
  findings.push_back({std::move(name), 0, 0, Severity::Error, std::move(message), std::move(hint)});
}

// A setting's text and where it came from: the flag, else the variable.
struct Given {
  std::string name;
  std::string text;
};
std::optional<Given> given(const SettingRow& row, const FlagMap& flags, const Environment& environment) {
  if (const auto flag = flags.find(row.flag); flag != flags.end()) {
    return Given{fmt::format("--{}", row.flag), flag->second};
  }
  auto text = variable(environment, row.variable);
  if (!text) return std::nullopt;
  return Given{std::string(row.variable), std::move(*text)};
}

void apply(const Setting& setting, const Given& from, Settings& out, Diagnostics& findings) {
  if (from.text.empty()) return report(findings, from.name, "the value is empty");
  const auto applied = setting.apply(from.text, out);
  if (applied) return;
  // What has an @ may hold credentials.
  const bool quotable = !from.text.contains('@');
  report(findings, from.name,
         quotable ? fmt::format("bad value \"{}\": {}", from.text, applied.error().message)
                  : fmt::format("bad value: {}", applied.error().message));
}

void refuse_unknown_flags(const FlagMap& flags, Diagnostics& findings) {
  std::vector<std::string_view> known;
  for (const auto& row : setting_rows()) known.push_back(row.flag);
  for (const auto& [flag, text] : flags) {
    if (std::ranges::find(known, flag) != known.end()) continue;
    report(findings, fmt::format("--{}", flag), "unknown flag", did_you_mean(flag, known));
  }
}

void set_token(const std::string& name, std::string text, Settings& out, Diagnostics& findings) {
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  const auto printable = [](char c) { return c > 0x20 && c < 0x7F; };
  if (text.empty() || !std::ranges::all_of(text, printable)) {
    return report(findings, name, "an admin token is printable ASCII without spaces, and not empty");
  }
  out.admin_token = Secret(std::move(text));
}

// The flag beats both variables; the two variables exclude each other.
void read_admin_token(const FlagMap& flags, const Environment& environment, Settings& out,
                      Diagnostics& findings) {
  constexpr std::size_t kLongestToken = 4096;
  constexpr std::string_view kFlag = "admin-token-file";
  const auto row = std::ranges::find(setting_rows(), kFlag, &SettingRow::flag);
  const auto file = given(*row, flags, environment);
  const auto token = variable(environment, "ARTIFACTAPI_ADMIN_TOKEN");
  if (token && file && !flags.contains(kFlag)) {
    return report(findings, "ARTIFACTAPI_ADMIN_TOKEN", "set together with ARTIFACTAPI_ADMIN_TOKEN_FILE",
                  "set only one of them");
  }
  if (!file) {
    if (token) set_token("ARTIFACTAPI_ADMIN_TOKEN", *token, out, findings);
    return;
  }
  std::ifstream stream(file->text, std::ios::binary);
  std::string text(kLongestToken, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (!stream.eof())
    return report(findings, file->name, fmt::format("the file \"{}\" cannot be read", file->text));
  set_token(file->name, std::move(text), out, findings);
}

void check_pairs(const Settings& settings, Diagnostics& findings) {
  if (settings.tls_cert.empty() == settings.tls_key.empty()) return;
  const bool no_key = settings.tls_key.empty();
  report(findings, no_key ? "--tls-cert" : "--tls-key",
         fmt::format("TLS is half set: --tls-{} missing", no_key ? "key" : "cert"));
}

Settings defaults(const Machine& machine) {
  Settings settings;
  settings.threads = std::max(1U, machine.cpus);
  settings.memory_cache_bytes = machine.memory_bytes == 0
                                    ? kMemoryCacheOfUnknownMachine
                                    : std::min(machine.memory_bytes / 8, kMostDefaultMemoryCache);
  settings.trusted_proxies = parse_networks("private").value();
  return settings;
}

}  // namespace

std::span<const SettingRow> setting_rows() {
  static const std::vector<SettingRow> rows = [] {
    std::vector<SettingRow> all;
    for (const auto& setting : settings_table()) all.push_back(setting.row);
    return all;
  }();
  return rows;
}

std::expected<Settings, Diagnostics> load_settings(const FlagMap& flags, const Environment& environment,
                                                   const Machine& machine) {
  Settings settings = defaults(machine);
  Diagnostics findings;
  refuse_unknown_flags(flags, findings);
  for (const auto& setting : settings_table()) {
    if (setting.apply == nullptr) continue;
    if (const auto from = given(setting.row, flags, environment)) apply(setting, *from, settings, findings);
  }
  read_admin_token(flags, environment, settings, findings);
  check_pairs(settings, findings);
  read_back_ends(environment, settings, findings);
  read_upstream_proxies(environment, settings, findings);
  if (settings.redis && !settings.peer_listen) settings.peer_listen = HostPort{"0.0.0.0", 8001};
  if (!findings.empty()) return std::unexpected(std::move(findings));
  return settings;
}

std::expected<Settings, Diagnostics> load_settings(const FlagMap& flags, const Environment& environment) {
  return load_settings(flags, environment, probe_machine());
}

}  // namespace artifactapi::config
