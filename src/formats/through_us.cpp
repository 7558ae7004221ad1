#include "formats/through_us.h"

#include "base/digest.h"
#include "http/path.h"

namespace artifactapi::formats {

namespace {

constexpr std::size_t kDigits = 16;
constexpr std::string_view kElsewhere = "-/at/";

// With a '/' at its end, so that "/pypi" does not hold "/pypi-other".
std::string folder_of(const http::Url& base) {
  return base.path.ends_with('/') ? base.path : base.path + "/";
}

// As requests for it are understood here; empty: no request could ask for it.
std::string canonical(std::string_view path_and_query) {
  auto found = http::canonicalise(path_and_query);
  if (!found) return {};
  auto text = found->encoded;
  if (found->has_query) text.append("?").append(found->query);
  return text;
}

}  // namespace

std::string foreign_digits(std::string_view origin) {
  return Sha256::of(origin).hex().substr(0, kDigits);
}

std::optional<std::string_view> path_elsewhere(std::string_view path) {
  if (!path.starts_with(kElsewhere)) return std::nullopt;
  path.remove_prefix(kElsewhere.size());
  constexpr std::string_view kHex = "0123456789abcdef";
  if (path.size() <= kDigits || path[kDigits] != '/') return std::nullopt;
  if (path.substr(0, kDigits).find_first_not_of(kHex) != std::string_view::npos) return std::nullopt;
  return path.substr(kDigits + 1);
}

std::optional<LinkTarget> link_target(const RenditionAsked& document, std::string_view link) {
  const auto hash = link.find('#');
  auto resolved = http::resolve(document.original_url, link.substr(0, hash));
  if (!resolved) return std::nullopt;
  resolved->user.clear();
  resolved->password.clear();
  LinkTarget target;
  target.url = http::to_string(*resolved);
  if (hash != std::string_view::npos) target.fragment = link.substr(hash);
  const auto path = canonical(http::target(*resolved));
  if (path.empty()) return std::nullopt;
  const auto folder = canonical(folder_of(document.base));
  if (http::same_origin(*resolved, document.base) && path.starts_with(folder)) {
    target.path = path.substr(folder.size());
    return target;
  }
  target.foreign_origin = http::origin(*resolved);
  target.path = std::string(kElsewhere) + foreign_digits(target.foreign_origin) + path;
  return target;
}

std::string through_us(const RenditionAsked& document, const LinkTarget& target) {
  std::string address(document.address);
  return address.append("/").append(target.path).append(target.fragment);
}

}  // namespace artifactapi::formats
