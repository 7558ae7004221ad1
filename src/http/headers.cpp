#include "http/headers.h"

#include "http/characters.h"

#include <algorithm>
#include <array>

namespace artifactapi::http {

namespace {

constexpr std::size_t kUsual = 16;  // lines of a head: room for these is made at once

}  // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return to_lower(x) == to_lower(y); });
}

bool has_token(std::string_view header_value, std::string_view token) {
  while (true) {
    const std::size_t comma = header_value.find(',');
    if (equal_ignoring_case(trim(header_value.substr(0, comma)), token)) return !token.empty();
    if (comma == std::string_view::npos) return false;
    header_value.remove_prefix(comma + 1);
  }
}

bool valid_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), is_token_character);
}

bool valid_value(std::string_view value) {
  // Without a way out early, so that the compiler looks at many bytes at once.
  unsigned bad = 0;
  for (const char c : value) bad |= static_cast<unsigned>(is_control(c) && c != '\t');
  return bad == 0;
}

std::optional<std::string_view> Headers::get(std::string_view name) const {
  for (const Header& line : lines_) {
    if (equal_ignoring_case(line.name, name)) return line.value;
  }
  return std::nullopt;
}

std::string Headers::joined(std::string_view name) const {
  std::string out;
  bool first = true;
  for (const Header& line : lines_) {
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
  return static_cast<std::size_t>(std::count_if(lines_.begin(), lines_.end(), [&](const Header& line) {
    return equal_ignoring_case(line.name, name);
  }));
}

void Headers::set(std::string_view name, std::string_view value) {
  const auto matches = [&](const Header& line) { return equal_ignoring_case(line.name, name); };
  const auto first = std::find_if(lines_.begin(), lines_.end(), matches);
  if (first == lines_.end()) return add(name, value);
  Header line{std::string(name), std::string(value)};
  lines_.erase(std::remove_if(std::next(first), lines_.end(), matches), lines_.end());
  *first = std::move(line);
}

void Headers::add(std::string_view name, std::string_view value) {
  if (lines_.size() == lines_.capacity()) lines_.reserve(std::max(kUsual, 2 * lines_.size()));
  lines_.push_back(Header{std::string(name), std::string(value)});
}

void Headers::remove(std::string_view name) {
  // The name may be a view into one of the lines that go.
  const std::string wanted(name);
  std::erase_if(lines_, [&](const Header& line) { return equal_ignoring_case(line.name, wanted); });
}

std::size_t Headers::bytes() const {
  std::size_t total = 0;
  for (const Header& line : lines_) total += line.name.size() + line.value.size() + 4;
  return total;
}

void Headers::append_to(std::string& out) const {
  out.reserve(out.size() + bytes());
  for (const Header& line : lines_) {
    if (!valid_name(line.name) || !valid_value(line.value)) continue;
    out += line.name;
    out += ": ";
    out += line.value;
    out += "\r\n";
  }
}

namespace {

bool is_hop_by_hop(std::string_view name) {
  constexpr std::array<std::string_view, 7> kNames = {"Connection", "Keep-Alive", "TE",         "Trailer",
                                                      "Upgrade",    "Set-Cookie", "Set-Cookie2"};
  constexpr std::string_view kProxy = "proxy-";
  if (equal_ignoring_case(name, "Transfer-Encoding")) return true;
  if (equal_ignoring_case(name.substr(0, kProxy.size()), kProxy)) return true;
  return std::any_of(kNames.begin(), kNames.end(),
                     [&](std::string_view known) { return equal_ignoring_case(name, known); });
}

}  // namespace

Headers end_to_end(const Headers& headers) {
  const std::string named = headers.joined("Connection");
  Headers kept;
  for (const Header& line : headers) {
    if (!is_hop_by_hop(line.name) && !has_token(named, line.name)) kept.add(line.name, line.value);
  }
  return kept;
}

}  // namespace artifactapi::http
