#include "formats/pypi/project_index.h"

#include "formats/pypi/project_name.h"
#include "formats/pypi/project_page.h"
#include "formats/through_us.h"
#include "http/characters.h"

namespace artifactapi::formats::pypi {

namespace {

// "requests" of "requests-2.3", "requests-", "requests"; as far as the name goes before a version.
std::string_view without_version(std::string_view name) {
  for (auto dash = name.find('-'); dash != std::string_view::npos; dash = name.find('-', dash + 1)) {
    const bool ends_name = dash + 1 == name.size() || http::is_digit(name[dash + 1]);
    if (ends_name) return name.substr(0, dash);
  }
  return name;
}

std::string_view project_in(std::string_view prefix) {
  for (const std::string_view folder : {"simple/", "files/"}) {
    if (!prefix.starts_with(folder)) continue;
    const auto rest = prefix.substr(folder.size());
    if (rest.contains('/')) return rest.substr(0, rest.find('/'));
  }
  return without_version(prefix.substr(prefix.rfind('/') + 1));
}

}  // namespace

Result<std::string> first_page(std::string_view prefix) {
  const auto project = project_in(prefix);
  if (!valid_name(project)) {
    return fail(Code::Invalid, "the pattern has to begin with a project's name, as its files' names do");
  }
  return "simple/" + normalised(project) + "/";
}

Result<Named> read_project(const RenditionAsked& page, std::string_view /*path*/, std::string_view /*link*/) {
  const auto head = page_head(page);
  if (!head) return std::unexpected(head.error());
  const auto based = with_base(page, *head);
  Named named;
  auto take = [&](FileEntry& entry) {
    const auto link = text_field(entry, "url");
    const auto target = link_target(based, link.substr(0, link.find('#')));
    if (!target || target->path.empty() || target->path.ends_with('/')) return true;
    named.artifacts.push_back(target->path);
    const bool has_query = target->path.contains('?');
    if (core_metadata(entry) != nullptr && !has_query) named.artifacts.push_back(target->path + ".metadata");
    return true;
  };
  const auto done = each_file(based, take);
  if (!done) return std::unexpected(done.error());
  return named;
}

}  // namespace artifactapi::formats::pypi
