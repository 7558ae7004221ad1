#include "formats/npm/integrity.h"

#include "http/characters.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace artifactapi::formats::npm {

namespace {

struct Known {
  std::string_view prefix;
  DigestAlgorithm algorithm;
  std::size_t bytes;
};

// The strongest first.
constexpr std::array<Known, 4> kKnown{{{"sha512-", DigestAlgorithm::Sha512, 64},
                                       {"sha384-", DigestAlgorithm::Sha384, 48},
                                       {"sha256-", DigestAlgorithm::Sha256, 32},
                                       {"sha1-", DigestAlgorithm::Sha1, 20}}};
constexpr std::size_t kSha1Bytes = 20;
constexpr std::string_view kSpaces = " \t\r\n\f";

// Six bits, or -1.
int base64_value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (http::is_digit(c)) return c - '0' + 52;
  if (c == '+' || c == '-') return 62;
  return c == '/' || c == '_' ? 63 : -1;
}

// Exactly so many bytes, padded or not, in either alphabet; nothing: it is something else.
std::optional<std::string> unbase64(std::string_view text, std::size_t bytes) {
  for (int padding = 0; padding < 2 && text.ends_with('='); ++padding) text.remove_suffix(1);
  if (text.size() != (bytes * 8 + 5) / 6) return std::nullopt;
  std::string raw;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : text) {
    const int value = base64_value(c);
    if (value < 0) return std::nullopt;
    bits = (bits << 6U) | static_cast<std::uint32_t>(value);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    raw += static_cast<char>((bits >> static_cast<unsigned>(held)) & 0xFFU);
  }
  return raw;
}

std::optional<std::string> unhex(std::string_view digits, std::size_t bytes) {
  if (digits.size() != bytes * 2) return std::nullopt;
  std::string raw;
  for (std::size_t at = 0; at < digits.size(); at += 2) {
    const int high = http::hex_value(digits[at]);
    const int low = http::hex_value(digits[at + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    raw += static_cast<char>(high * 16 + low);
  }
  return raw;
}

std::string_view take_word(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(kSpaces), text.size()));
  const auto word = text.substr(0, text.find_first_of(kSpaces));
  text.remove_prefix(word.size());
  return word;
}

// The values of one algorithm: the first, and whether there is another one.
struct Values {
  std::optional<std::string> first;
  bool several = false;
};

Values values_of(std::string_view integrity, const Known& known) {
  Values values;
  for (auto word = take_word(integrity); !word.empty(); word = take_word(integrity)) {
    if (!word.starts_with(known.prefix)) continue;
    word.remove_prefix(known.prefix.size());
    auto raw = unbase64(word.substr(0, word.find('?')), known.bytes);
    if (!raw) continue;
    if (values.first && *values.first != *raw) values.several = true;
    if (!values.first) values.first = std::move(raw);
  }
  return values;
}

}  // namespace

std::optional<NamedDigest> promised_digest(std::string_view integrity, std::string_view shasum) {
  for (const auto& known : kKnown) {
    auto values = values_of(integrity, known);
    if (values.several) return std::nullopt;
    if (values.first) return NamedDigest{known.algorithm, std::move(*values.first)};
  }
  auto raw = unhex(shasum, kSha1Bytes);
  if (!raw) return std::nullopt;
  return NamedDigest{DigestAlgorithm::Sha1, std::move(*raw)};
}

}  // namespace artifactapi::formats::npm
