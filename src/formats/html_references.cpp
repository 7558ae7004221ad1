#include "formats/html_references.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>

namespace artifactapi::formats {

namespace {

constexpr std::size_t kMaxReference = 10;  // digits or letters between '&' and ';'
constexpr std::array<std::pair<std::string_view, char>, 5> kReferences{
    {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}}};

void append_utf8(std::string& out, std::uint32_t code) {
  const bool is_character = code != 0 && code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
  if (!is_character) code = 0xFFFD;
  if (code < 0x80) {
    out += static_cast<char>(code);
    return;
  }
  const int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  constexpr std::array<std::uint32_t, 4> kLead{0, 0xC0, 0xE0, 0xF0};
  out += static_cast<char>(kLead[static_cast<std::size_t>(more)] | (code >> (6 * more)));
  for (int left = more - 1; left >= 0; --left) out += static_cast<char>(0x80 | ((code >> (6 * left)) & 0x3F));
}

// "#38" or "#x26"; nothing when it is no number.
std::optional<std::uint32_t> numeric_reference(std::string_view text) {
  text.remove_prefix(1);
  const bool hexadecimal = text.starts_with('x') || text.starts_with('X');
  if (hexadecimal) text.remove_prefix(1);
  std::uint32_t code = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), code, hexadecimal ? 16 : 10);
  if (end != text.data() + text.size() || text.empty()) return std::nullopt;
  return error == std::errc{} ? code : 0;
}

// True when `text`, what stands between '&' and ';', was a reference.
bool append_reference(std::string& out, std::string_view text) {
  if (text.starts_with('#')) {
    const auto code = numeric_reference(text);
    if (code) append_utf8(out, *code);
    return code.has_value();
  }
  const auto* const known = std::ranges::find(kReferences, text, [](const auto& one) { return one.first; });
  if (known == kReferences.end()) return false;
  out += known->second;
  return true;
}

}  // namespace

std::string decode_references(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto mark = std::min(text.find('&'), text.size());
    out += text.substr(0, mark);
    text.remove_prefix(mark);
    if (text.empty()) break;
    const auto end = text.substr(0, kMaxReference + 2).find(';');
    if (end != std::string_view::npos && append_reference(out, text.substr(1, end - 1))) {
      text.remove_prefix(end + 1);
    } else {
      out += '&';
      text.remove_prefix(1);
    }
  }
  return out;
}

void append_html(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const auto mark = std::min(text.find_first_of("&<>\""), text.size());
    out += text.substr(0, mark);
    if (mark == text.size()) return;
    switch (text[mark]) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      default: out += "&quot;"; break;
    }
    text.remove_prefix(mark + 1);
  }
}

}  // namespace artifactapi::formats
