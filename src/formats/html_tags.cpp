#include "formats/html_tags.h"

#include "formats/html_references.h"
#include "http/characters.h"
#include "http/headers.h"
#include "http/utf8.h"

#include <algorithm>
#include <array>
#include <utility>

namespace artifactapi::formats {

namespace {

constexpr std::string_view kSpaces = " \t\n\f\r";
constexpr std::array<std::string_view, 8> kRawElements{"script", "style",  "textarea", "title",
                                                       "xmp",    "iframe", "noembed",  "noframes"};

bool is_space(char byte) {
  return kSpaces.contains(byte);
}

std::string as_utf8(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto length = http::utf8_sequence(text);
    out += length == 0 ? std::string_view("\xEF\xBF\xBD") : text.substr(0, length);
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return out;
}

}  // namespace

bool HtmlTags::next() {
  const bool in_raw_text = !is_end_ && std::ranges::find(kRawElements, name_) != kRawElements.end();
  if (in_raw_text) skip_raw_text();
  while (!ended()) {
    at_ = std::min(page_.find('<', at_), page_.size());
    if (at_ + 1 >= page_.size()) break;
    ++at_;
    is_end_ = at() == '/';
    const char first = is_end_ && at_ + 1 < page_.size() ? page_[at_ + 1] : at();
    if (http::is_alpha(first)) {
      if (is_end_) ++at_;
      if (read_tag()) return true;
      break;
    }
    if (is_end_ || at() == '!' || at() == '?') skip_markup();
  }
  at_ = page_.size();
  name_.clear();
  attributes_.clear();
  return false;
}

std::optional<std::string> HtmlTags::value(std::string_view name) const {
  const auto found = std::ranges::find(attributes_, name, &Attribute::name);
  if (found == attributes_.end()) return std::nullopt;
  auto text = decode_references(found->written);
  return http::is_utf8(text) ? text : as_utf8(text);
}

void HtmlTags::skip_spaces() {
  while (!ended() && is_space(at())) ++at_;
}

// Behind "<" of a comment, a declaration or what only looks like one.
void HtmlTags::skip_markup() {
  const auto rest = page_.substr(at_);
  if (!rest.starts_with("!--")) {
    const auto end = page_.find('>', at_);
    at_ = end == std::string_view::npos ? page_.size() : end + 1;
    return;
  }
  at_ += 3;
  if (at() == '>') return;  // "<!-->" is a whole comment
  at_ -= 1;                 // and so is "<!--->"
  while (!ended()) {
    at_ = std::min(page_.find("--", at_), page_.size());
    const auto end = page_.substr(std::min(at_ + 2, page_.size()));
    if (end.starts_with('>') || end.starts_with("!>")) {
      at_ += end.starts_with('>') ? 3 : 4;
      return;
    }
    ++at_;
  }
}

// To the end tag of the element that name_ names.
void HtmlTags::skip_raw_text() {
  while (!ended()) {
    at_ = std::min(page_.find("</", at_), page_.size());
    if (ended()) return;
    const auto name = page_.substr(at_ + 2, name_.size());
    const auto after = at_ + 2 + name_.size();
    const bool ends =
        after < page_.size() && (is_space(page_[after]) || page_[after] == '/' || page_[after] == '>');
    if (ends && http::equal_ignoring_case(name, name_)) return;
    at_ += 2;
  }
}

// False: the page ends within the tag.
bool HtmlTags::read_tag() {
  name_ = read_name("/>");
  attributes_.clear();
  while (!ended()) {
    skip_spaces();
    if (ended()) return false;
    if (at() == '>') {
      ++at_;
      return true;
    }
    if (at() == '/') {
      ++at_;
      continue;
    }
    read_attribute();
  }
  return false;
}

void HtmlTags::read_attribute() {
  std::string name(1, http::to_lower(at()));  // whatever it is, "=" too
  ++at_;
  name += read_name("/>=");
  skip_spaces();
  std::string_view written;
  if (at() == '=') {
    ++at_;
    skip_spaces();
    written = read_value();
  }
  const bool fits =
      name.size() < kMaxName && written.size() <= kMaxValue && attributes_.size() < kMaxAttributes;
  if (fits) attributes_.push_back({std::move(name), written});
}

std::string_view HtmlTags::read_value() {
  if (ended() || at() == '>') return {};
  std::size_t from = at_;
  std::size_t end = 0;
  const char quote = at();
  if (quote == '"' || quote == '\'') {
    ++from;
    end = std::min(page_.find(quote, from), page_.size());
    at_ = std::min(end + 1, page_.size());
  } else {
    end = std::min(page_.find_first_of(" \t\n\f\r>", from), page_.size());
    at_ = end;
  }
  return page_.substr(from, end - from);
}

// Cut off when it is too long: then it is none that anybody looks for.
std::string HtmlTags::read_name(std::string_view ends) {
  std::string name;
  for (; !ended() && !is_space(at()) && !ends.contains(at()); ++at_) {
    if (name.size() < kMaxName) name += http::to_lower(at());
  }
  return name;
}

}  // namespace artifactapi::formats
