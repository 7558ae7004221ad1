// Character classes of the HTTP and URL grammars, free of locale. All are total over every byte.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace artifactapi::http {

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool is_alpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
constexpr bool is_alnum(char c) {
  return is_digit(c) || is_alpha(c);
}
constexpr char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

// C0 controls and DEL; bytes above 0x7F are not controls here.
constexpr bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7F;
}

// The value of a hexadecimal digit, or -1.
constexpr int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  const char lower = to_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

namespace detail {
constexpr std::array<bool, 256> class_of(std::string_view others) {
  std::array<bool, 256> table{};
  for (std::size_t i = 0; i < 128; ++i) table[i] = is_alnum(static_cast<char>(i));
  for (const char c : others) table[static_cast<unsigned char>(c)] = true;
  return table;
}
inline constexpr std::array<bool, 256> kToken = class_of("!#$%&'*+-.^_`|~");
inline constexpr std::array<bool, 256> kUnreserved = class_of("-._~");
inline constexpr std::array<bool, 256> kPathCharacter = class_of("-._~!$&'()*+,;=:@");
}  // namespace detail

// RFC 9110 5.6.2
constexpr bool is_token_character(char c) {
  return detail::kToken[static_cast<unsigned char>(c)];
}
// RFC 3986 2.3
constexpr bool is_unreserved(char c) {
  return detail::kUnreserved[static_cast<unsigned char>(c)];
}
// RFC 3986 3.3 pchar without its percent-encoded form; '/' is not in it.
constexpr bool is_path_character(char c) {
  return detail::kPathCharacter[static_cast<unsigned char>(c)];
}

// Without leading and trailing spaces and tabs (OWS of RFC 9110 5.6.3).
constexpr std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace artifactapi::http
