// Entity tags (RFC 9110 8.8.3).
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace artifactapi::http {

inline constexpr std::size_t kMaxEtagBytes = 1024;
inline constexpr std::size_t kMaxEtags = 64;

struct EntityTag {
  bool weak = false;
  std::string_view opaque;  // what stands between the quotes; a view into what was parsed
};

// Exactly one tag: "x" or W/"x". nullopt for all else, unquoted ones too, and over kMaxEtagBytes.
std::optional<EntityTag> parse_etag(std::string_view text);

// Both strong and the same.
bool strong_equal(const EntityTag& a, const EntityTag& b);
// The same, strong or weak.
bool weak_equal(const EntityTag& a, const EntityTag& b);

// The value of If-Match or If-None-Match.
struct EtagList {
  bool any = false;  // "*"
  std::vector<EntityTag> tags;
};

// nullopt: malformed, empty, or more than kMaxEtags members.
std::optional<EtagList> parse_etag_list(std::string_view value);

}  // namespace artifactapi::http
