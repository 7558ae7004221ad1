#include "http/headers.h"

#include "http/characters.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace artifactapi::http {

namespace {

// Of a head: room for so much is made at once.
constexpr std::size_t kUsualLines = 16;
constexpr std::size_t kUsualBytes = 512;
constexpr std::string_view kBetween = ": ";
constexpr std::string_view kEnd = "\r\n";
// In a byte the compiler counts sixteen at once.
constexpr std::size_t kCountedInAByte = 255;

char* write(char* to, std::string_view text) {
  return to + text.copy(to, text.size());
}

}  // namespace

[[gnu::noinline]] bool detail::equal_but_for_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return to_lower(x) == to_lower(y); });
}

bool has_token(std::string_view header_value, std::string_view token) {
  while (true) {
    const std::size_t comma = header_value.find(',');
    if (equal_ignoring_case(trim(header_value.substr(0, comma)), token)) return !token.empty();
    if (comma == std::string_view::npos) return false;
    header_value.remove_prefix(comma + 1);
  }
}

// Both without a way out early, and in a bool: mostly all is well, and the compiler looks at sixteen bytes at
// once.
bool valid_name(std::string_view name) {
  bool good = !name.empty();
  for (const char c : name) good &= is_token_character(c);
  return good;
}

bool valid_value(std::string_view value) {
  bool bad = false;
  for (const char c : value) bad |= is_control(c) && c != '\t';
  return !bad;
}

Headers::Headers(std::initializer_list<Header> lines) {
  for (const auto& [name, value] : lines) add(name, value);
}

Header Headers::line(const Line& at) const {
  const auto text = std::string_view(text_.data(), text_.size()).substr(at.begin);
  return {text.substr(0, at.name), text.substr(at.name + kBetween.size(), at.value)};
}

std::optional<std::string_view> Headers::get(std::string_view name) const {
  for (const auto line : *this) {
    if (equal_ignoring_case(line.name, name)) return line.value;
  }
  return std::nullopt;
}

std::string Headers::joined(std::string_view name) const {
  std::string out;
  bool first = true;
  for (const auto line : *this) {
    if (!equal_ignoring_case(line.name, name)) continue;
    if (!first) out += ", ";
    out += line.value;
    first = false;
  }
  return out;
}

bool Headers::has(std::string_view name) const {
  return get(name).has_value();
}

std::size_t Headers::count(std::string_view name) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(*this, [&](const Header& line) { return equal_ignoring_case(line.name, name); }));
}

void Headers::set(std::string_view name, std::string_view value) {
  if (!has(name)) return add(name, value);
  Headers changed;
  bool placed = false;
  for (const auto line : *this) {
    if (!equal_ignoring_case(line.name, name)) {
      changed.add(line.name, line.value);
    } else if (!std::exchange(placed, true)) {
      changed.add(name, value);
    }
  }
  *this = std::move(changed);
}

void Headers::reserve(std::size_t lines, std::size_t bytes) {
  lines_.reserve(lines);
  text_.reserve(bytes);
}

void Headers::add(std::string_view name, std::string_view value) {
  if (lines_.size() == lines_.capacity()) lines_.reserve(std::max(kUsualLines, 2 * lines_.size()));
  const auto begin = text_.size();
  const auto end = begin + name.size() + kBetween.size() + value.size() + kEnd.size();
  const auto append_to = [&](std::vector<char>& text) {
    text.resize(end);
    write(write(write(write(text.data() + begin, name), kBetween), value), kEnd);
  };
  if (text_.capacity() >= end) {
    append_to(text_);
  } else {
    std::vector<char> larger;
    larger.reserve(std::max({kUsualBytes, 2 * text_.capacity(), end}));
    larger.assign(text_.begin(), text_.end());
    append_to(larger);  // what is given may view into the text there was
    text_ = std::move(larger);
  }
  lines_.push_back({begin, name.size(), value.size()});
}

void Headers::remove(std::string_view name) {
  Headers kept;
  for (const auto line : *this) {
    if (!equal_ignoring_case(line.name, name)) kept.add(line.name, line.value);
  }
  *this = std::move(kept);
}

// One look at the whole text, whose lines are short: their ends have the only control characters there may
// be.
bool Headers::all_writable() const {
  std::size_t controls = 0;
  for (std::string_view rest(text_.data(), text_.size()); !rest.empty();) {
    const auto piece = rest.substr(0, kCountedInAByte);
    rest.remove_prefix(piece.size());
    std::uint8_t here = 0;
    for (const char c : piece) here = static_cast<std::uint8_t>(here + (is_control(c) && c != '\t' ? 1 : 0));
    controls += here;
  }
  return controls == kEnd.size() * lines_.size() &&
         std::ranges::all_of(*this, [](const Header& line) { return valid_name(line.name); });
}

bool Headers::is_writable(const Header& line) {
  return valid_name(line.name) && valid_value(line.value);
}

std::string_view Headers::text_of(const Line& at) const {
  return std::string_view(text_.data(), text_.size())
      .substr(at.begin, at.name + kBetween.size() + at.value + kEnd.size());
}

void Headers::append_to(std::string& out) const {
  if (all_writable()) {
    out.append(text_.data(), text_.size());
  } else {
    append_to(out, [](std::string_view) { return true; });
  }
}

namespace {

bool is_hop_by_hop(std::string_view name) {
  constexpr std::array<std::string_view, 8> kNames = {"Connection", "Keep-Alive",        "TE",
                                                      "Trailer",    "Transfer-Encoding", "Upgrade",
                                                      "Set-Cookie", "Set-Cookie2"};
  constexpr std::string_view kProxy = "proxy-";
  return std::ranges::any_of(kNames,
                             [&](std::string_view known) { return equal_ignoring_case(name, known); }) ||
         equal_ignoring_case(name.substr(0, kProxy.size()), kProxy);
}

}  // namespace

std::string end_to_end(const Headers& headers) {
  const std::string named = headers.joined("Connection");
  const auto is_kept = [&](std::string_view name) {
    return !is_hop_by_hop(name) && (named.empty() || !has_token(named, name));
  };
  std::string kept;
  kept.reserve(headers.bytes());
  headers.append_to(kept, is_kept);
  return kept;
}

}  // namespace artifactapi::http
