#include "formats/html_tags.h"
#include "formats/pypi/project_page.h"

namespace artifactapi::formats::pypi {

namespace {

void read_meta(PageHead& head, const HtmlTags& meta) {
  const auto name = meta.value("name");
  auto content = meta.value("content");
  if (!name || !content) return;
  if (*name == "pypi:repository-version")
    head.api_version = std::move(*content);
  else if (*name == "pypi:project-status")
    head.status = std::move(*content);
  else if (*name == "pypi:project-status-reason")
    head.status_reason = std::move(*content);
  else if (*name == "pypi:tracks" && head.tracks.size() < kMostListed)
    head.tracks.push_back(std::move(*content));
  else if (*name == "pypi:alternate-locations" && head.alternate_locations.size() < kMostListed) {
    head.alternate_locations.push_back(std::move(*content));
  }
}

}  // namespace

Result<> each_html_file(std::string_view page, const TakeFile& take) {
  HtmlTags tags(page);
  std::size_t files = 0;
  while (tags.next()) {
    if (tags.is_end() || tags.name() != "a") continue;
    auto entry = entry_of_anchor(tags);
    if (!entry) continue;
    if (++files > kMostFiles) return no_page("it has too many files");
    if (!take(*entry)) return {};
  }
  return {};
}

// What says something of the whole page stands before its first link.
PageHead html_head(std::string_view page, const http::Url& original_url) {
  PageHead head;
  HtmlTags tags(page);
  while (tags.next()) {
    if (tags.is_end()) continue;
    if (tags.name() == "a") break;
    if (tags.name() == "meta") read_meta(head, tags);
    if (tags.name() != "base" || head.links_from) continue;
    const auto href = tags.value("href");
    if (!href) continue;
    auto base = http::resolve(original_url, href->substr(0, href->find('#')));
    if (base) head.links_from = std::move(*base);
  }
  return head;
}

}  // namespace artifactapi::formats::pypi
