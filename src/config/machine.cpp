#include "config/machine.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string_view>
#include <sys/statvfs.h>
#include <system_error>
#include <vector>

namespace artifactapi::config {
namespace {

// Small files of /proc and /sys; nothing when absent.
std::optional<std::string> read(const std::string& path) {
  std::ifstream file(path);
  if (!file) return std::nullopt;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::optional<std::uint64_t> number(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  std::uint64_t value = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc{}) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> number_in(const std::string& path) {
  const auto text = read(path);
  return text ? number(*text) : std::nullopt;  // "max" and "-1" are no numbers: no limit
}

// The rest of the line that begins with `label`.
std::string_view field(std::string_view text, std::string_view label) {
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    if (text.starts_with(label)) return text.substr(label.size(), end - label.size());
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return {};
}

// "0-3,6" is five.
unsigned count_cpus(std::string_view list) {
  unsigned count = 0;
  while (!list.empty()) {
    const auto end = std::min(list.find(','), list.size());
    const auto range = list.substr(0, end);
    const auto dash = range.find('-');
    const auto first = number(range);
    const auto last = dash == std::string_view::npos ? first : number(range.substr(dash + 1));
    if (first && last && *last >= *first && *last - *first < 65'536)
      count += static_cast<unsigned>(*last - *first) + 1;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return count;
}

// The folders of our cgroup for one controller ("" is v2), innermost first: a limit may stand at any level.
// In a container the path may name a folder of the host; then only the root of the mount is there.
std::vector<std::string> cgroup_folders(const std::string& root, std::string_view controller) {
  const auto memberships = read(root + "/proc/self/cgroup").value_or("");
  std::string path;
  std::string mount = root + "/sys/fs/cgroup";
  std::istringstream lines(memberships);
  for (std::string line; std::getline(lines, line);) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const auto names = line.substr(first + 1, second - first - 1);
    const bool ours = controller.empty()
                          ? names.empty()
                          : fmt::format(",{},", names).contains(fmt::format(",{},", controller));
    if (ours) path = line.substr(second + 1);
  }
  if (!controller.empty()) mount += fmt::format("/{}", controller);
  std::vector<std::string> folders;
  for (; path.size() > 1; path.resize(path.rfind('/'))) folders.push_back(mount + path);
  folders.push_back(mount);
  return folders;
}

// Rounded up, at least one.
unsigned whole_cpus(std::uint64_t quota, std::uint64_t period) {
  return static_cast<unsigned>(std::clamp<std::uint64_t>((quota + period - 1) / period, 1, 65'536));
}

unsigned cpu_limit(const std::string& root, unsigned cpus) {
  for (const auto& folder : cgroup_folders(root, "")) {
    const auto text = read(folder + "/cpu.max");  // "150000 100000" or "max 100000"
    if (!text) continue;
    const auto quota = number(*text);
    const auto period = number(std::string_view(*text).substr(std::min(text->find(' '), text->size())));
    if (quota && period && *period > 0) cpus = std::min(cpus, whole_cpus(*quota, *period));
  }
  for (const auto& folder : cgroup_folders(root, "cpu")) {
    const auto quota = number_in(folder + "/cpu.cfs_quota_us");
    const auto period = number_in(folder + "/cpu.cfs_period_us");
    if (quota && period && *period > 0) cpus = std::min(cpus, whole_cpus(*quota, *period));
  }
  return cpus;
}

std::uint64_t memory_limit(const std::string& root, std::uint64_t memory) {
  const auto lower = [&](std::optional<std::uint64_t> limit) {
    if (limit && (memory == 0 || *limit < memory)) memory = *limit;
  };
  for (const auto& folder : cgroup_folders(root, "")) lower(number_in(folder + "/memory.max"));
  for (const auto& folder : cgroup_folders(root, "memory"))
    lower(number_in(folder + "/memory.limit_in_bytes"));
  return memory;
}

}  // namespace

Machine probe_machine(const std::string& root) {
  const auto status = read(root + "/proc/self/status").value_or("");
  const auto memory = read(root + "/proc/meminfo").value_or("");
  Machine machine;
  machine.cpus = cpu_limit(root, std::max(1U, count_cpus(field(status, "Cpus_allowed_list:"))));
  machine.memory_bytes = memory_limit(root, number(field(memory, "MemTotal:")).value_or(0) * 1024);
  return machine;
}

std::uint64_t file_system_bytes(const std::string& path) {
  std::error_code error;
  auto folder = std::filesystem::absolute(path, error);
  while (!error && !std::filesystem::exists(folder, error) && folder.has_relative_path())
    folder = folder.parent_path();
  struct statvfs facts{};
  if (statvfs(folder.c_str(), &facts) != 0) return 0;
  return std::uint64_t{facts.f_blocks} * facts.f_frsize;
}

}  // namespace artifactapi::config
