#include "formats/npm/resource.h"

#include "http/characters.h"
#include "http/percent.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <utility>

namespace artifactapi::formats::npm {

namespace {

using Kind = Resource::Kind;
using Segments = std::vector<std::string_view>;

constexpr std::string_view kSearch = "-/v1/search";
constexpr std::string_view kAttestations = "-/npm/v1/attestations/";
constexpr std::string_view kPackageArea = "-/package/";
constexpr std::string_view kEscapedSlash = "%2F";
constexpr std::array<std::string_view, 2> kArchives{".tgz", ".tar.gz"};

Segments segments_of(std::string_view path) {
  Segments segments;
  while (true) {
    const auto end = path.find('/');
    segments.push_back(path.substr(0, end));
    if (end == std::string_view::npos) return segments;
    path.remove_prefix(end + 1);
  }
}

bool is_scope(std::string_view segment) {
  return segment.size() > 1 && segment.front() == '@';
}

std::string scoped(std::string_view scope, std::string_view name) {
  return std::string(scope).append("/").append(name);
}

bool ends_as_archive(std::string_view name) {
  return std::ranges::any_of(kArchives, [&](std::string_view ending) { return name.ends_with(ending); });
}

// Where the file's name begins behind NAME/-/; nothing: there is no such part.
std::optional<std::size_t> dash_of(std::span<const std::string_view> segments) {
  for (std::size_t i = 1; i + 1 < segments.size(); ++i) {
    if (segments[i] == "-") return i;
  }
  return std::nullopt;
}

// download/@scope/name/VERSION/DIGITS, which has no ending.
bool is_download(std::span<const std::string_view> segments) {
  return segments.size() == 5 && segments[0] == "download" && is_scope(segments[1]) &&
         segments[4].size() >= 40 &&
         std::ranges::all_of(segments[4], [](char c) { return http::hex_value(c) >= 0; });
}

bool is_file(std::span<const std::string_view> segments) {
  if (segments.back().empty()) return false;
  return ends_as_archive(segments.back()) || dash_of(segments) || is_download(segments);
}

// "base-64" and "base" of "base-64-1.0.0.tgz".
std::vector<std::string> packages_of_name(std::string_view file) {
  std::vector<std::string> packages;
  for (auto dash = file.find('-'); dash != std::string_view::npos; dash = file.find('-', dash + 1)) {
    const bool before_version = dash > 0 && dash + 1 < file.size() && http::is_digit(file[dash + 1]);
    if (!before_version) continue;
    packages.emplace(packages.begin(), file.substr(0, dash));
    if (packages.size() == kMostPackages) break;
  }
  return packages;
}

std::vector<std::string> packages_of_file(std::span<const std::string_view> segments) {
  if (const auto dash = dash_of(segments)) {
    const auto name = segments[*dash - 1];
    const bool in_scope = *dash > 1 && is_scope(segments[*dash - 2]);
    return {in_scope ? scoped(segments[*dash - 2], name) : std::string(name)};
  }
  const auto scope = std::ranges::find_if(segments, is_scope);
  if (segments.end() - scope > 1) return {scoped(*scope, *(scope + 1))};
  return packages_of_name(segments.back());
}

// NAME@VERSION
std::string package_of_spec(std::string_view spec) {
  const auto at = spec.rfind('@');
  return std::string(at == 0 ? spec : spec.substr(0, at));
}

// How many segments the name at their beginning has; 0: it is none.
std::size_t name_segments(std::span<const std::string_view> segments) {
  const std::size_t count = segments.front().starts_with('@') ? 2 : 1;
  return segments.size() < count ? 0 : count;
}

void set_path(Resource& found, std::string_view encoded) {
  // What is made of a canonical path by leaving out or unescaping a '/' may be no such path (".%2F.").
  auto path = http::canonicalise(encoded);
  if (!path) {
    found.kind = Kind::BadName;
    return;
  }
  found.path = std::move(*path);
}

void keep_names(std::vector<std::string>& packages) {
  std::erase_if(packages, [](const std::string& name) { return !is_package_name(name); });
}

// The part behind `area` begins with a name.
std::string target_in(std::string_view area, std::string_view encoded) {
  std::string target(area);
  return target.append(target_of_package(encoded.substr(area.size())));
}

void parse_area(Resource& found) {
  const std::string encoded = found.path.encoded;
  const auto is_below = [&](std::string_view folder) {
    return encoded.starts_with(folder) && (encoded.size() == folder.size() || encoded[folder.size()] == '/');
  };
  if (encoded == kSearch) {
    found.kind = Kind::Search;
  } else if (is_below("-/npm/v1/tokens") || is_below("-/npm/v1/user") || is_below("-/user")) {
    found.kind = Kind::Account;
  } else if (encoded.starts_with(kPackageArea)) {
    set_path(found, plain_spelling(encoded));
    found.target = target_in(kPackageArea, found.path.encoded);
  }
}

void parse_attestations(Resource& found, const std::string& plain) {
  found.kind = Kind::Attestations;
  set_path(found, plain);
  found.target = target_in(kAttestations, plain);
  found.packages.push_back(package_of_spec(std::string_view(plain).substr(kAttestations.size())));
  keep_names(found.packages);
}

void parse_package(Resource& found, std::string plain) {
  if (plain.ends_with('/')) plain.pop_back();
  const auto segments = segments_of(plain);
  const auto count = name_segments(segments);
  const bool is_one = count > 0 && (segments.size() == count || segments.size() == count + 1);
  const auto last = segments.back();
  if (!is_one || last.empty() || last == "-" || is_file(segments)) return;
  const auto name = count == 1 ? std::string(segments[0]) : scoped(segments[0], segments[1]);
  found.kind = is_package_name(name) ? Kind::Package : Kind::BadName;
  if (found.kind == Kind::BadName) return;
  if (segments.size() > count) found.kind = Kind::Version;
  set_path(found, plain);
  found.target = target_of_package(plain);
  found.packages.push_back(name);
}

}  // namespace

std::string plain_spelling(std::string_view encoded) {
  std::string plain(encoded);
  for (std::size_t at = 0; at < plain.size();) {
    const auto end = std::min(plain.find('/', at), plain.size());
    const auto slash = plain.find(kEscapedSlash, at);
    const bool is_scoped = plain[at] == '@' && slash > at + 1 && slash < end;
    if (is_scoped) plain.replace(slash, kEscapedSlash.size(), "/");
    at = (is_scoped ? slash : end) + 1;
  }
  return plain;
}

bool is_package_name(std::string_view encoded) {
  const auto segments = segments_of(encoded);
  const auto count = name_segments(segments);
  if (count != segments.size() || segments.back() == "-" || encoded.contains(kEscapedSlash)) return false;
  if (count == 2 && !is_scope(segments.front())) return false;
  const auto decoded = http::percent_decode(encoded);
  return decoded && !segments.back().empty() && decoded->size() <= kMaxNameBytes;
}

std::string target_of_package(std::string_view encoded) {
  std::string target(encoded);
  const auto slash = target.find('/');
  // As plain_spelling undoes it.
  const bool in_scope = target.starts_with('@') && slash > 1 && slash != std::string::npos &&
                        target.find(kEscapedSlash) > slash;
  if (in_scope) target.replace(slash, 1, "%2f");
  return target;
}

std::string_view version_of_file(std::string_view file_name, std::string_view package) {
  const auto name = package.substr(package.find('/') + 1);
  if (!file_name.starts_with(name)) return {};
  file_name.remove_prefix(name.size());
  if (!file_name.starts_with('-')) return {};
  file_name.remove_prefix(1);
  for (const auto ending : kArchives) {
    if (file_name.ends_with(ending)) return file_name.substr(0, file_name.size() - ending.size());
  }
  return {};
}

Resource parse_resource(const http::CanonicalPath& path) {
  Resource found;
  found.path.encoded = path.encoded;
  found.path.decoded = path.decoded;
  auto plain = plain_spelling(path.encoded);
  if (plain.starts_with(kAttestations)) {
    parse_attestations(found, plain);
    return found;
  }
  const auto segments = segments_of(plain);
  if (is_file(segments)) {
    found.kind = Kind::File;
    found.packages = packages_of_file(segments);
    keep_names(found.packages);
    set_path(found, plain);
  } else if (segments.front() == "-") {
    parse_area(found);
  } else {
    parse_package(found, std::move(plain));
  }
  return found;
}

}  // namespace artifactapi::formats::npm
