#include "formats/docker/resource.h"

#include "formats/head_rules.h"

#include <algorithm>
#include <optional>

namespace artifactapi::formats::docker {

namespace {

using Kind = Resource::Kind;

bool is_lower_or_digit(char byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9');
}

bool is_word(char byte) {
  return is_lower_or_digit(byte) || (byte >= 'A' && byte <= 'Z') || byte == '_';
}

// What may stand between two runs of letters and digits.
bool is_divider(std::string_view text) {
  if (text == "." || text == "_" || text == "__") return true;
  return std::ranges::all_of(text, [](char byte) { return byte == '-'; });
}

bool valid_component(std::string_view text) {
  if (text.empty() || !is_lower_or_digit(text.front()) || !is_lower_or_digit(text.back())) return false;
  std::size_t at = 0;
  while (at < text.size()) {
    if (is_lower_or_digit(text[at])) {
      ++at;
      continue;
    }
    auto end = at;
    while (!is_lower_or_digit(text[end])) ++end;  // the last one is
    if (!is_divider(text.substr(at, end - at))) return false;
    at = end;
  }
  return true;
}

// "library/nginx" of "library/nginx/manifests", with the word that ends it.
std::optional<std::string_view> name_before(std::string_view path, std::string_view word) {
  if (!path.ends_with(word)) return std::nullopt;
  path.remove_suffix(word.size());
  if (!path.ends_with('/')) return std::nullopt;
  return path.substr(0, path.size() - 1);
}

Resource with_digest(Resource found, Kind kind) {
  if (!valid_digest(found.reference)) {
    found.kind = Kind::BadDigest;
    return found;
  }
  const auto digest = parse_sha256(found.reference);
  if (digest) {
    found.digest = *digest;
    found.kind = kind;
    return found;
  }
  found.kind = found.reference.starts_with("sha256:") ? Kind::BadDigest : Kind::OtherDigest;
  return found;
}

}  // namespace

bool valid_name(std::string_view name) {
  if (name.empty() || name.size() > kMostNameBytes) return false;
  while (true) {
    const auto slash = name.find('/');
    if (!valid_component(name.substr(0, slash))) return false;
    if (slash == std::string_view::npos) return true;
    name.remove_prefix(slash + 1);
  }
}

bool valid_tag(std::string_view tag) {
  if (tag.empty() || tag.size() > kMostTagBytes || !is_word(tag.front())) return false;
  return std::ranges::all_of(tag, [](char byte) { return is_word(byte) || byte == '.' || byte == '-'; });
}

bool valid_digest(std::string_view digest) {
  if (digest.size() > kMostDigestBytes) return false;
  const auto colon = digest.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == digest.size()) return false;
  const auto algorithm = digest.substr(0, colon);
  const auto encoded = digest.substr(colon + 1);
  const auto in_algorithm = [](char byte) {
    return is_lower_or_digit(byte) || byte == '+' || byte == '.' || byte == '_' || byte == '-';
  };
  const auto in_encoded = [](char byte) { return is_word(byte) || byte == '=' || byte == '-'; };
  return std::ranges::all_of(algorithm, in_algorithm) && std::ranges::all_of(encoded, in_encoded);
}

Resource parse_resource(std::string_view path) {
  Resource found;
  if (path.empty()) {
    found.kind = Kind::Base;
    return found;
  }
  if (path == "_catalog") {
    found.kind = Kind::Catalog;
    return found;
  }
  const auto slash = path.rfind('/');
  if (slash == std::string_view::npos) return found;
  const auto before = path.substr(0, slash);
  found.reference = path.substr(slash + 1);
  const auto with_name = [&found](std::string_view name) {
    found.name = name;
    if (valid_name(name)) return true;
    found.kind = Kind::BadName;
    return false;
  };
  if (const auto name = name_before(before, "manifests")) {
    if (!with_name(*name)) return found;
    if (found.reference.contains(':')) return with_digest(found, Kind::Manifest);
    found.kind = valid_tag(found.reference) ? Kind::Tag : Kind::BadTag;
    return found;
  }
  if (const auto name = name_before(before, "blobs")) {
    return with_name(*name) ? with_digest(found, Kind::Blob) : found;
  }
  if (const auto name = name_before(before, "referrers")) {
    return with_name(*name) ? with_digest(found, Kind::Referrers) : found;
  }
  if (const auto name = name_before(before, "tags"); name && found.reference == "list") {
    if (with_name(*name)) found.kind = Kind::Tags;
    return found;
  }
  return found;
}

}  // namespace artifactapi::formats::docker
