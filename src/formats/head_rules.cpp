#include "formats/head_rules.h"

#include <algorithm>

namespace artifactapi::formats {

namespace {

constexpr std::string_view kAlgorithm = "sha256:";

bool is_lower_hex(char byte) {
  return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'f');
}

}  // namespace

std::optional<Digest> parse_sha256(std::string_view text) {
  if (!text.starts_with(kAlgorithm)) return std::nullopt;
  const auto hex = text.substr(kAlgorithm.size());
  if (!std::ranges::all_of(hex, is_lower_hex)) return std::nullopt;
  const auto digest = Digest::from_hex(hex);
  if (!digest) return std::nullopt;
  return *digest;
}

std::string sha256_text(const Digest& digest) {
  return std::string(kAlgorithm) + digest.hex();
}

}  // namespace artifactapi::formats
