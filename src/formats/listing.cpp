#include "formats/listing.h"

#include "base/pattern_prefix.h"
#include "formats/generic/github_releases.h"
#include "http/characters.h"
#include "http/percent.h"

#include <algorithm>
#include <utility>

namespace artifactapi::formats {

namespace {

// A decoded path as it is written in a URL.
std::string encode_path(std::string_view decoded) {
  std::string out;
  for (const char byte : decoded) {
    if (byte == '/' || http::is_path_character(byte)) {
      out += byte;
    } else {
      http::append_percent_encoded(out, byte);
    }
  }
  return out;
}

std::string_view without_spaces(std::string_view text) {
  constexpr std::string_view kSpaces = " \t\n\f\r";
  const auto first = text.find_first_not_of(kSpaces);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpaces) - first + 1);
}

}  // namespace

Result<Listing> Listing::make(const http::Url& base, std::string_view pattern,
                              const DocumentIndex* documents) {
  Listing listing;
  listing.base_ = base;
  listing.base_.user.clear();
  listing.base_.password.clear();
  listing.base_.query.clear();
  listing.base_.has_query = false;
  while (listing.base_.path.ends_with('/')) listing.base_.path.pop_back();
  listing.base_.path += '/';

  const auto prefix = pattern_prefix(pattern);
  std::string first;
  if (documents != nullptr) {
    auto found = documents->first(prefix.text);
    if (!found) return std::unexpected(found.error());
    first = std::move(*found);
  } else if (is_github(base)) {
    auto project = github_project(listing.base_.path, prefix.text);
    if (!project) return std::unexpected(project.error());
    listing.on_github_ = true;
    listing.releases_ = std::move(*project);
    listing.prefix_ = prefix.text;
    first = github_first_page(listing.releases_, prefix.text);
  } else if (prefix.anchored) {
    listing.prefix_ = prefix.text;
    first = prefix.text.substr(0, prefix.text.rfind('/') + 1);
  }
  auto page = http::canonicalise(encode_path(first));
  if (!page) return fail(Code::Invalid, "the pattern begins with what no path may hold");
  listing.first_page_ = std::move(*page);
  return listing;
}

Step Listing::step(const http::CanonicalPath& page, std::string_view href) const {
  auto path = below_base(page, without_spaces(href));
  if (!path) return {};
  if (!on_github_) return step_in_directory(page, std::move(*path));
  Step found = github_step(releases_, std::move(*path));
  const bool matters =
      found.kind != Step::Kind::Page || github_page_matters(releases_, prefix_, found.path.decoded);
  return matters ? found : Step{};
}

std::optional<http::CanonicalPath> Listing::below_base(const http::CanonicalPath& page,
                                                       std::string_view href) const {
  if (href.empty() || href.starts_with('#')) return std::nullopt;
  auto from = base_;
  from.path += page.encoded;
  const auto url = http::resolve(from, href);
  if (!url || !http::same_origin(*url, base_) || !url->path.starts_with(base_.path)) return std::nullopt;
  auto rest = url->path.substr(base_.path.size());
  if (url->has_query) rest.append("?").append(url->query);
  auto path = http::canonicalise(rest);
  if (!path) return std::nullopt;
  return std::move(*path);
}

// A directory leads down only: with sorted views, parents and crossways left out, every chain of pages ends.
Step Listing::step_in_directory(const http::CanonicalPath& page, http::CanonicalPath path) const {
  if (!path.encoded.empty() && !path.encoded.ends_with('/')) return {Step::Kind::Artifact, std::move(path)};
  const bool is_down = path.encoded.size() > page.encoded.size() && path.encoded.starts_with(page.encoded);
  if (!is_down || path.has_query || !may_match_below(path.decoded)) return {};
  const auto below = std::string_view(path.encoded).substr(first_page_.encoded.size());
  const auto depth = static_cast<std::size_t>(std::ranges::count(below, '/'));
  return {depth > kMaxDepth ? Step::Kind::TooDeep : Step::Kind::Page, std::move(path)};
}

bool Listing::may_match_below(std::string_view decoded_path) const {
  const auto common = std::min(decoded_path.size(), prefix_.size());
  return decoded_path.substr(0, common) == std::string_view(prefix_).substr(0, common);
}

}  // namespace artifactapi::formats
