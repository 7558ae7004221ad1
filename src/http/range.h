// Byte ranges (RFC 9110 14).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace artifactapi::http {

inline constexpr std::size_t kMaxRangeSpecs = 64;

struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;  // inclusive
  [[nodiscard]] std::uint64_t length() const { return last - first + 1; }
  friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

// "first-last", "first-" (no last) or "-last" (no first: that many bytes at the end). Never both absent.
struct RangeSpec {
  std::optional<std::uint64_t> first;
  std::optional<std::uint64_t> last;
  friend bool operator==(const RangeSpec&, const RangeSpec&) = default;
};

struct RangeSet {
  std::vector<RangeSpec> specs;  // at least one
};

struct WholeRepresentation {};
struct Unsatisfiable {};
using ResolvedRanges = std::variant<WholeRepresentation, Unsatisfiable, std::vector<ByteRange>>;

// nullopt: malformed, another unit, or more than kMaxRangeSpecs members; the field is then to be ignored.
// Numbers too large for 64 bits count as the largest.
std::optional<RangeSet> parse_range(std::string_view value);

// The ranges to send, in the order asked, without members that cannot be satisfied. Overlapping ranges, and
// adjacent ones of a long list, are sorted and merged, so that the answer is never longer than the
// representation. WholeRepresentation: there is something to satisfy but nothing to send (a suffix of an
// empty representation): 200.
ResolvedRanges resolve_ranges(const RangeSet& set, std::uint64_t size);

// "bytes first-last/size"
std::string content_range(ByteRange range, std::uint64_t size);
// "bytes */size", for 416
std::string unsatisfied_range(std::uint64_t size);

}  // namespace artifactapi::http
