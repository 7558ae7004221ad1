#include "telemetry/escape.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace artifactapi::telemetry {

namespace {

constexpr char kHex[] = "0123456789abcdef";

unsigned char byte_at(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]);
}

bool is_plain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte < 0x7F && c != '\\' && c != '"';
}

// Length of the well-formed UTF-8 sequence of two to four bytes at text[at]; 0 when there is none.
std::size_t multibyte_length(std::string_view text, std::size_t at) {
  const unsigned char lead = byte_at(text, at);
  std::size_t length = 0;
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
  if (lead >= 0xC2 && lead <= 0xDF) length = 2;
  if (lead >= 0xE0 && lead <= 0xEF) length = 3;
  if (lead >= 0xF0 && lead <= 0xF4) length = 4;
  if (lead == 0xE0) low = 0xA0;   // overlong
  if (lead == 0xED) high = 0x9F;  // surrogates
  if (lead == 0xF0) low = 0x90;   // overlong
  if (lead == 0xF4) high = 0x8F;  // above U+10FFFF
  if (length == 0 || at + length > text.size()) return 0;
  if (byte_at(text, at + 1) < low || byte_at(text, at + 1) > high) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if ((byte_at(text, at + i) & 0xC0) != 0x80) return 0;
  }
  return length;
}

void append_hex(std::string& out, std::string_view prefix, unsigned char byte) {
  out += prefix;
  out += kHex[byte >> 4];
  out += kHex[byte & 15];
}

void append_json_byte(std::string& out, char c) {
  switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: append_hex(out, "\\u00", static_cast<unsigned char>(c)); return;
  }
}

constexpr std::size_t kWord = sizeof(std::uint64_t);

// The bytes there as a number; all of them must be there.
template <class Word>
Word load(std::string_view text, std::size_t at) {
  Word word = 0;
  std::memcpy(&word, text.data() + at, sizeof word);
  return word;
}

// Whether any of eight bytes is not plain: all are looked at together, each by its top bit. What one byte
// borrows from the next does no harm: it is not plain itself then.
bool any_odd(std::uint64_t bytes) {
  constexpr std::uint64_t kEach = 0x0101010101010101;
  const std::uint64_t below_space = bytes - kEach * 0x20;
  const std::uint64_t del = bytes + kEach;
  const std::uint64_t quote = (bytes ^ kEach * '"') - kEach;
  const std::uint64_t backslash = (bytes ^ kEach * '\\') - kEach;
  return ((bytes | below_space | del | quote | backslash) & kEach * 0x80) != 0;
}

// Less than a word, not empty, as a word of which some bytes stand twice.
std::uint64_t as_word(std::string_view text) {
  if (text.size() < sizeof(std::uint32_t)) {
    const char bytes[kWord] = {text.front(), text[text.size() / 2], text.back(), ' ', ' ', ' ', ' ', ' '};
    return load<std::uint64_t>({bytes, sizeof bytes}, 0);
  }
  const std::uint64_t end = load<std::uint32_t>(text, text.size() - sizeof(std::uint32_t));
  return load<std::uint32_t>(text, 0) | end << 32;
}

// Nearly all that is written is; every request's line has half a dozen such texts.
bool is_all_plain(std::string_view text) {
  if (text.empty()) return true;
  if (text.size() < kWord) return !any_odd(as_word(text));
  for (std::size_t at = 0; at < text.size() - kWord; at += kWord) {
    if (any_odd(load<std::uint64_t>(text, at))) return false;
  }
  // The last eight, some of them once more, rather than the rest byte by byte.
  return !any_odd(load<std::uint64_t>(text, text.size() - kWord));
}

// Where the plain bytes from `at` on end.
std::size_t end_of_plain(std::string_view text, std::size_t at) {
  while (at < text.size() && is_plain(text[at])) ++at;
  return at;
}

// Calls `odd(at)` for each place that is not plain ASCII, appends the rest as it is. `odd` returns how much
// it used.
template <class Odd>
void append_with(std::string& out, std::string_view text, Odd odd) {
  if (is_all_plain(text)) {
    out.append(text.data(), text.size());
    return;
  }
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = end_of_plain(text, at);
    out.append(text, at, end - at);
    at = end < text.size() ? end + odd(end) : end;
  }
}

// U+0080 to U+009F: terminals take them for commands.
bool is_c1_control(std::string_view text, std::size_t at) {
  return byte_at(text, at) == 0xC2 && byte_at(text, at + 1) < 0xA0;
}

}  // namespace

void append_json_escaped(std::string& out, std::string_view text) {
  append_with(out, text, [&](std::size_t at) -> std::size_t {
    if (byte_at(text, at) < 0x80) {
      append_json_byte(out, text[at]);
      return 1;
    }
    const std::size_t length = multibyte_length(text, at);
    if (length == 0) {
      out += "\\ufffd";
      return 1;
    }
    if (is_c1_control(text, at)) {
      append_hex(out, "\\u00", byte_at(text, at + 1));
    } else {
      out.append(text, at, length);
    }
    return length;
  });
}

void append_printable(std::string& out, std::string_view text) {
  append_with(out, text, [&](std::size_t at) -> std::size_t {
    if (text[at] == '"') {
      out += '"';
      return 1;
    }
    const std::size_t length = byte_at(text, at) < 0x80 ? 0 : multibyte_length(text, at);
    if (length == 0 || is_c1_control(text, at)) {
      append_hex(out, "\\x", byte_at(text, at));
      return 1;
    }
    out.append(text, at, length);
    return length;
  });
}

void append_text_value(std::string& out, std::string_view text) {
  const bool quoted =
      text.empty() || std::ranges::any_of(text, [](char c) { return c == ' ' || c == '"' || c == '='; });
  if (!quoted) return append_printable(out, text);
  out += '"';
  for (std::size_t start = 0;;) {
    const std::size_t quote = text.find('"', start);
    append_printable(out, text.substr(start, quote - start));
    if (quote == std::string_view::npos) break;
    out += "\\\"";
    start = quote + 1;
  }
  out += '"';
}

}  // namespace artifactapi::telemetry
