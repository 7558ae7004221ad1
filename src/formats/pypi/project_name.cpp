#include "formats/pypi/project_name.h"

#include "http/characters.h"

#include <algorithm>

namespace artifactapi::formats::pypi {

namespace {

bool is_mark(char byte) {
  return byte == '-' || byte == '_' || byte == '.';
}

void add_project(std::vector<std::string>& found, std::string_view name) {
  if (!valid_name(name) || found.size() == kMostSplits) return;
  auto project = normalised(name);
  if (std::ranges::find(found, project) == found.end()) found.push_back(std::move(project));
}

}  // namespace

bool valid_name(std::string_view name) {
  if (name.empty() || name.size() > kMaxNameBytes) return false;
  if (!http::is_alnum(name.front()) || !http::is_alnum(name.back())) return false;
  return std::ranges::all_of(name, [](char byte) { return http::is_alnum(byte) || is_mark(byte); });
}

std::string normalised(std::string_view name) {
  std::string out;
  out.reserve(name.size());
  for (std::size_t at = 0; at < name.size(); ++at) {
    if (!is_mark(name[at])) {
      out += http::to_lower(name[at]);
    } else if (at == 0 || !is_mark(name[at - 1])) {
      out += '-';
    }
  }
  return out;
}

std::vector<std::string> projects_of_file(std::string_view file_name) {
  for (const std::string_view beside : {".asc", ".metadata"}) {
    if (file_name.ends_with(beside)) file_name.remove_suffix(beside.size());
  }
  std::vector<std::string> found;
  if (file_name.ends_with(".whl") || file_name.ends_with(".egg")) {
    const auto end = file_name.find('-');
    if (end != std::string_view::npos) add_project(found, file_name.substr(0, end));
    return found;
  }
  // A version begins with a digit, and nowadays has no '-' in it.
  for (auto dash = file_name.rfind('-'); dash != std::string_view::npos && dash > 0;
       dash = file_name.rfind('-', dash - 1)) {
    const bool begins_version = dash + 1 < file_name.size() && http::is_digit(file_name[dash + 1]);
    if (begins_version) add_project(found, file_name.substr(0, dash));
  }
  return found;
}

}  // namespace artifactapi::formats::pypi
