#include "http/range.h"

#include "http/characters.h"
#include "http/headers.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace artifactapi::http {

namespace {

// From here on adjacent ranges are merged too: a long list of small ones costs more in part heads than in
// bytes.
constexpr std::size_t kLongList = 8;

// All of `text`, saturating; false when it is not a number.
bool read_number(std::string_view text, std::optional<std::uint64_t>& out) {
  if (text.empty()) return false;
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t value = 0;
  for (const char c : text) {
    if (!is_digit(c)) return false;
    const auto digit = static_cast<std::uint64_t>(c - '0');
    value = value > (kMax - digit) / 10 ? kMax : value * 10 + digit;
  }
  out = value;
  return true;
}

std::optional<RangeSpec> parse_spec(std::string_view text) {
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const std::string_view first = text.substr(0, dash);
  const std::string_view last = text.substr(dash + 1);
  RangeSpec spec;
  if (!first.empty() && !read_number(first, spec.first)) return std::nullopt;
  if (!last.empty() && !read_number(last, spec.last)) return std::nullopt;
  if (!spec.first && !spec.last) return std::nullopt;
  if (spec.first && spec.last && *spec.first > *spec.last) return std::nullopt;
  return spec;
}

// Of a representation that is not empty.
std::optional<ByteRange> apply(const RangeSpec& spec, std::uint64_t size) {
  if (!spec.first) {
    if (*spec.last == 0) return std::nullopt;
    return ByteRange{size - std::min(*spec.last, size), size - 1};
  }
  if (*spec.first >= size) return std::nullopt;
  return ByteRange{*spec.first, std::min(spec.last.value_or(size - 1), size - 1)};
}

// Sorted and merged where they overlap or, with `adjacent`, touch.
std::vector<ByteRange> merged(std::vector<ByteRange> ranges, bool adjacent) {
  std::sort(ranges.begin(), ranges.end(),
            [](const ByteRange& a, const ByteRange& b) { return a.first < b.first; });
  std::vector<ByteRange> out;
  for (const ByteRange& range : ranges) {
    const bool joins =
        !out.empty() && (range.first <= out.back().last || (adjacent && range.first == out.back().last + 1));
    if (joins) {
      out.back().last = std::max(out.back().last, range.last);
    } else {
      out.push_back(range);
    }
  }
  return out;
}

}  // namespace

std::optional<RangeSet> parse_range(std::string_view value) {
  value = trim(value);
  const std::size_t equals = value.find('=');
  if (equals == std::string_view::npos || !equal_ignoring_case(value.substr(0, equals), "bytes"))
    return std::nullopt;
  value.remove_prefix(equals + 1);
  RangeSet set;
  while (!value.empty()) {
    const std::size_t comma = std::min(value.find(','), value.size());
    const std::string_view member = trim(value.substr(0, comma));
    value.remove_prefix(std::min(comma + 1, value.size()));
    if (member.empty()) continue;  // RFC 9110 5.6.1.2
    const auto spec = parse_spec(member);
    if (!spec || set.specs.size() == kMaxRangeSpecs) return std::nullopt;
    set.specs.push_back(*spec);
  }
  if (set.specs.empty()) return std::nullopt;
  return set;
}

ResolvedRanges resolve_ranges(const RangeSet& set, std::uint64_t size) {
  if (size == 0) {
    const bool has_suffix = std::any_of(set.specs.begin(), set.specs.end(), [](const RangeSpec& spec) {
      return !spec.first && spec.last.value_or(0) > 0;
    });
    return has_suffix ? ResolvedRanges(WholeRepresentation{}) : ResolvedRanges(Unsatisfiable{});
  }
  std::vector<ByteRange> ranges;
  for (const RangeSpec& spec : set.specs) {
    if (const auto range = apply(spec, size)) ranges.push_back(*range);
  }
  if (ranges.empty()) return Unsatisfiable{};
  if (ranges.size() == 1) return ranges;
  const bool adjacent = ranges.size() >= kLongList;
  std::vector<ByteRange> fewer = merged(ranges, adjacent);
  // Nothing overlapped: the order asked for is kept.
  return fewer.size() == ranges.size() ? ranges : fewer;
}

std::string content_range(ByteRange range, std::uint64_t size) {
  return fmt::format("bytes {}-{}/{}", range.first, range.last, size);
}

std::string unsatisfied_range(std::uint64_t size) {
  return fmt::format("bytes */{}", size);
}

}  // namespace artifactapi::http
