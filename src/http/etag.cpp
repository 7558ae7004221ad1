#include "http/etag.h"

#include "http/characters.h"

#include <algorithm>

namespace artifactapi::http {

namespace {

// RFC 9110 8.8.3 etagc: no control, space or quote; obs-text is allowed.
bool is_etag_character(char c) {
  return !is_control(c) && c != ' ' && c != '"';
}

// Takes one tag off the front of `text`.
std::optional<EntityTag> take_etag(std::string_view& text) {
  EntityTag tag;
  std::string_view rest = text;
  tag.weak = rest.starts_with("W/");
  if (tag.weak) rest.remove_prefix(2);
  if (!rest.starts_with('"')) return std::nullopt;
  rest.remove_prefix(1);
  const std::size_t close = rest.find('"');
  if (close == std::string_view::npos || close > kMaxEtagBytes) return std::nullopt;
  tag.opaque = rest.substr(0, close);
  if (!std::all_of(tag.opaque.begin(), tag.opaque.end(), is_etag_character)) return std::nullopt;
  text = rest.substr(close + 1);
  return tag;
}

}  // namespace

std::optional<EntityTag> parse_etag(std::string_view text) {
  text = trim(text);
  auto tag = take_etag(text);
  if (!text.empty()) return std::nullopt;
  return tag;
}

bool strong_equal(const EntityTag& a, const EntityTag& b) {
  return !a.weak && !b.weak && a.opaque == b.opaque;
}

bool weak_equal(const EntityTag& a, const EntityTag& b) {
  return a.opaque == b.opaque;
}

std::optional<EtagList> parse_etag_list(std::string_view value) {
  value = trim(value);
  if (value == "*") return EtagList{.any = true, .tags = {}};
  EtagList list;
  while (!value.empty()) {
    if (value.front() == ',') {  // empty members, RFC 9110 5.6.1.2
      value = trim(value.substr(1));
      continue;
    }
    const auto tag = take_etag(value);
    if (!tag || list.tags.size() == kMaxEtags) return std::nullopt;
    list.tags.push_back(*tag);
    value = trim(value);
    if (!value.empty() && value.front() != ',') return std::nullopt;
  }
  if (list.tags.empty()) return std::nullopt;
  return list;
}

}  // namespace artifactapi::http
