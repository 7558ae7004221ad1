#include "formats/npm/tarball_link.h"

#include "formats/npm/resource.h"
#include "http/headers.h"
#include "http/path.h"
#include "http/percent.h"

#include <algorithm>
#include <utility>

namespace artifactapi::formats::npm {

namespace {

using Kind = Resource::Kind;

constexpr std::string_view kPackageParameter = "of-package=";
constexpr std::string_view kHttp = "http:";

// Where the parameter begins in a query, or its size.
std::size_t parameter_in(std::string_view query) {
  const auto last = query.rfind('&');
  const auto begin = last == std::string_view::npos ? 0 : last + 1;
  return query.substr(begin).starts_with(kPackageParameter) ? begin : query.size();
}

// With the base's scheme, where that is all that keeps the link from it.
std::string secured(const RenditionAsked& document, std::string_view link) {
  std::string same(link);
  const auto& base = document.base;
  const bool is_plain =
      base.scheme == "https" && http::equal_ignoring_case(link.substr(0, kHttp.size()), kHttp);
  if (!is_plain) return same;
  const auto hash = std::min(link.find('#'), link.size());
  auto url = http::parse_url(link.substr(0, hash));
  if (!url || url->host != base.host || url->port != 80 || base.port != 443) return same;
  url->scheme = base.scheme;
  url->port = base.port;
  return http::to_string(*url).append(link.substr(hash));
}

bool tells_package(std::string_view path_and_query, std::string_view package) {
  const auto path = path_and_query.substr(0, path_and_query.find('?'));
  const auto inner = http::canonicalise(path_elsewhere(path).value_or(path));
  if (!inner) return false;
  const auto resource = parse_resource(*inner);
  return resource.kind == Kind::File &&
         std::ranges::find(resource.packages, package) != resource.packages.end();
}

}  // namespace

std::string url_of_document(const http::Url& base, std::string_view target) {
  auto url = base;
  while (url.path.ends_with('/')) url.path.pop_back();
  url.path.append("/").append(target);
  return http::to_string(url);
}

Subject subject_of(const RenditionAsked& document) {
  std::string_view folder = document.base.path;
  while (folder.ends_with('/')) folder.remove_suffix(1);
  const std::string_view path = document.original_url.path;
  if (!path.starts_with(folder) || !path.substr(folder.size()).starts_with('/')) return {};
  const auto inside = http::canonicalise(path.substr(folder.size() + 1));
  if (!inside) return {};
  auto resource = parse_resource(*inside);
  switch (resource.kind) {
    case Kind::Package: return {std::move(resource.packages.front()), DistPlace::EachVersion};
    case Kind::Version: return {std::move(resource.packages.front()), DistPlace::Top};
    case Kind::File:
    case Kind::Attestations:
    case Kind::Search:
    case Kind::Account:
    case Kind::BadName:
    case Kind::Other: break;
  }
  return {};
}

std::optional<LinkTarget> target_of(const RenditionAsked& document, std::string_view link) {
  if (link.empty()) return std::nullopt;
  return link_target(document, secured(document, link));
}

std::optional<LinkTarget> tarball_target(const RenditionAsked& document, std::string_view package,
                                         std::string_view link) {
  auto target = target_of(document, link);
  if (!target || package.empty() || tells_package(target->path, package)) return target;
  auto& path = target->path;
  path.append(path.contains('?') ? "&" : "?").append(kPackageParameter).append(http::percent_encode(package));
  // Nobody could ask for what is too long.
  if (path.size() > http::kMaxPathBytes) return std::nullopt;
  return target;
}

std::string named_package(std::string_view query) {
  const auto at = parameter_in(query);
  if (at == query.size()) return {};
  auto name = http::percent_decode(query.substr(at + kPackageParameter.size()));
  if (!name) return {};
  const auto path = http::canonicalise(*name);
  const bool is_one = path && path->encoded == *name && is_package_name(*name);
  return is_one ? std::move(*name) : std::string();
}

std::string query_without_package(std::string_view query) {
  const auto at = parameter_in(query);
  return std::string(query.substr(0, at > 0 && at < query.size() ? at - 1 : at));
}

std::string key_of_link(std::string_view path_and_query) {
  const auto mark = std::min(path_and_query.find('?'), path_and_query.size());
  return plain_spelling(path_and_query.substr(0, mark)).append(path_and_query.substr(mark));
}

}  // namespace artifactapi::formats::npm
