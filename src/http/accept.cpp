#include "http/accept.h"

#include "http/characters.h"
#include "http/headers.h"

#include <algorithm>

namespace artifactapi::http {

namespace {

// "0.8", "1", "0.123"
Weight parse_weight(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return 0;
  Weight weight = text[0] == '1' ? kFullWeight : 0;
  if (text.size() > 1 && text[1] != '.') return 0;
  Weight unit = kFullWeight / 10;
  for (std::size_t at = 2; at < text.size(); ++at, unit /= 10) {
    if (!is_digit(text[at])) return 0;
    weight += unit * (text[at] - '0');
  }
  return std::min(weight, kFullWeight);
}

MediaRange parse_range(std::string_view one) {
  const auto semicolon = std::min(one.find(';'), one.size());
  MediaRange range{trim(one.substr(0, semicolon)), kFullWeight};
  auto rest = one.substr(semicolon);
  while (!rest.empty()) {
    rest.remove_prefix(1);
    const auto end = std::min(rest.find(';'), rest.size());
    const auto parameter = trim(rest.substr(0, end));
    if (parameter.starts_with("q=") || parameter.starts_with("Q=")) {
      range.weight = parse_weight(parameter.substr(2));
    }
    rest.remove_prefix(end);
  }
  return range;
}

}  // namespace

std::optional<MediaRange> take_media_range(std::string_view& accept) {
  if (accept.empty()) return std::nullopt;
  const auto comma = std::min(accept.find(','), accept.size());
  const auto range = parse_range(accept.substr(0, comma));
  accept.remove_prefix(std::min(comma + 1, accept.size()));
  return range;
}

Exactness exactness(std::string_view range, std::string_view type) {
  if (equal_ignoring_case(range, type)) return Exactness::Type;
  const auto family = type.substr(0, type.find('/') + 1);
  if (range.ends_with("/*") && equal_ignoring_case(range.substr(0, range.size() - 1), family)) {
    return Exactness::Family;
  }
  return range == "*/*" ? Exactness::Anything : Exactness::None;
}

}  // namespace artifactapi::http
