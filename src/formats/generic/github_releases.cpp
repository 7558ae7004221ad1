#include "formats/generic/github_releases.h"

#include "http/characters.h"

#include <algorithm>
#include <utility>

namespace artifactapi::formats {

namespace {

constexpr std::string_view kList = "releases";
constexpr std::string_view kTag = "releases/tag/";
constexpr std::string_view kFiles = "releases/expanded_assets/";
constexpr std::string_view kDownloads = "releases/download/";
constexpr std::string_view kArchives = "archive/";
constexpr std::size_t kMaxPageDigits = 4;

std::string below(std::string_view project, std::string_view place, std::string_view rest = {}) {
  return std::string(project).append(place).append(rest);
}

bool is_name(std::string_view segment) {
  const bool allowed = std::ranges::all_of(
      segment, [](char c) { return http::is_alnum(c) || c == '.' || c == '_' || c == '-'; });
  return allowed && !segment.empty() && segment != "." && segment != "..";
}

// "page=12"
bool is_page_query(std::string_view query) {
  constexpr std::string_view kPage = "page=";
  if (!query.starts_with(kPage)) return false;
  query.remove_prefix(kPage.size());
  return !query.empty() && query.size() <= kMaxPageDigits && std::ranges::all_of(query, http::is_digit);
}

// The page with the files of a release, given its tag as it is written in a URL.
Step files_of(std::string_view project, std::string_view encoded_tag) {
  auto page = http::canonicalise(below(project, kFiles, encoded_tag));
  if (encoded_tag.empty() || !page) return {};
  return {Step::Kind::Page, std::move(*page)};
}

}  // namespace

bool is_github(const http::Url& base) {
  return base.host == "github.com" || base.host == "www.github.com";
}

Result<std::string> github_project(std::string_view base_path, std::string_view prefix) {
  const std::string whole = std::string(base_path.substr(1)).append(prefix);
  const auto owner_end = whole.find('/');
  const auto end = owner_end == std::string::npos ? owner_end : whole.find('/', owner_end + 1);
  const std::string_view text = whole;
  const bool named = end != std::string::npos && is_name(text.substr(0, owner_end)) &&
                     is_name(text.substr(owner_end + 1, end - owner_end - 1));
  if (!named) return fail(Code::Invalid, "on GitHub include_pattern must begin with OWNER/PROJECT/");
  const auto of_base = base_path.size() - 1;
  if (of_base > end + 1) return fail(Code::Invalid, "no release pages lie below this remote's base_url");
  return whole.substr(of_base, end + 1 - of_base);
}

std::string github_first_page(std::string_view project, std::string_view prefix) {
  const auto downloads = below(project, kDownloads);
  const bool tag_begins = prefix.starts_with(downloads);
  const auto rest = tag_begins ? prefix.substr(downloads.size()) : std::string_view();
  const auto end = rest.find('/');
  if (end == std::string_view::npos || end == 0) return below(project, kList);
  return below(project, kFiles, rest.substr(0, end));
}

Step github_step(std::string_view project, http::CanonicalPath path) {
  if (!path.encoded.starts_with(project)) return {};
  const auto rest = std::string_view(path.encoded).substr(project.size());
  if (rest == kList && path.has_query && is_page_query(path.query))
    return {Step::Kind::Page, std::move(path)};
  if (path.has_query) return {};
  if (rest.starts_with(kTag)) return files_of(project, rest.substr(kTag.size()));
  if (rest.starts_with(kFiles)) return files_of(project, rest.substr(kFiles.size()));
  const bool is_file = rest.starts_with(kDownloads) || rest.starts_with(kArchives);
  if (is_file && !rest.ends_with('/')) return {Step::Kind::Artifact, std::move(path)};
  return {};
}

bool github_page_matters(std::string_view project, std::string_view prefix, std::string_view page) {
  const auto downloads = below(project, kDownloads);
  const auto files = below(project, kFiles);
  if (!prefix.starts_with(downloads) || !page.starts_with(files)) return true;
  const auto wanted = prefix.substr(downloads.size());
  const auto tag = std::string(page.substr(files.size())) + "/";
  const auto common = std::min(wanted.size(), tag.size());
  return wanted.substr(0, common) == std::string_view(tag).substr(0, common);
}

}  // namespace artifactapi::formats
