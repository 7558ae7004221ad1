// What an Accept field says of a media type (RFC 9110 section 12.5.1). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace artifactapi::http {

// In thousandths, as the grammar of a weight has it.
using Weight = int;
inline constexpr Weight kFullWeight = 1000;

struct MediaRange {
  std::string_view type;  // "a/b", "a/*", "*/*", or whatever stood there
  Weight weight = kFullWeight;
};

// Takes the first range off a field; nothing when there is none left. A weight that is none counts as 0.
[[nodiscard]] std::optional<MediaRange> take_media_range(std::string_view& accept);

// How exactly a range names a type.
enum class Exactness : std::uint8_t { None, Anything, Family, Type };
[[nodiscard]] Exactness exactness(std::string_view range, std::string_view type);

}  // namespace artifactapi::http
