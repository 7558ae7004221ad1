#include "formats/pypi/project_page.h"

#include "formats/pypi/project_name.h"
#include "http/characters.h"
#include "http/headers.h"

#include <utility>

namespace artifactapi::formats::pypi {

namespace {

// "project" of …/project/ or …/project/index.html
std::string name_in_url(const http::Url& url) {
  std::string_view path = url.path;
  if (!path.ends_with('/')) path = path.substr(0, path.rfind('/') + 1);
  while (path.ends_with('/')) path.remove_suffix(1);
  return normalised(path.substr(path.rfind('/') + 1));
}

}  // namespace

std::unexpected<Error> no_page(std::string_view why) {
  return fail(Code::BadPeer, std::string("what upstream has there is no page of a project: ").append(why));
}

Result<PageKind> kind_of_page(const RenditionAsked& page) {
  if (page.original.size() > kMostPageBytes) return no_page("it is too large");
  const auto type = http::trim(page.content_type.substr(0, page.content_type.find(';')));
  for (const auto* json : {"application/vnd.pypi.simple.v1+json", "application/json"}) {
    if (http::equal_ignoring_case(type, json)) return PageKind::Json;
  }
  for (const auto* html : {"application/vnd.pypi.simple.v1+html", "text/html", "application/xhtml+xml"}) {
    if (http::equal_ignoring_case(type, html)) return PageKind::Html;
  }
  const auto first = page.original.find_first_not_of(" \t\r\n\f");
  const char byte = first == std::string_view::npos ? '\0' : page.original[first];
  const bool says_nothing = type.empty() || http::equal_ignoring_case(type, "application/octet-stream");
  if (says_nothing && byte == '{') return PageKind::Json;
  if (says_nothing && byte == '<') return PageKind::Html;
  return no_page("its media type is neither HTML nor JSON");
}

Result<> each_file(const RenditionAsked& page, const TakeFile& take, const WantsFile& wants) {
  const auto kind = kind_of_page(page);
  if (!kind) return std::unexpected(kind.error());
  if (*kind == PageKind::Json) return each_json_file(page.original, take, wants);
  return each_html_file(page.original, take);
}

Result<PageHead> page_head(const RenditionAsked& page) {
  const auto kind = kind_of_page(page);
  if (!kind) return std::unexpected(kind.error());
  auto head =
      *kind == PageKind::Json ? json_head(page.original) : html_head(page.original, page.original_url);
  if (head && head->name.empty()) head->name = name_in_url(page.original_url);
  return head;
}

RenditionAsked with_base(const RenditionAsked& page, const PageHead& head) {
  return {.original = page.original,
          .content_type = page.content_type,
          .original_url = head.links_from ? *head.links_from : page.original_url,
          .base = page.base,
          .address = page.address,
          .form = page.form};
}

}  // namespace artifactapi::formats::pypi
