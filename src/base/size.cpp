#include "base/size.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace artifactapi {
namespace {

constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();

// The factor that "", "k", "KiB", "mb" stand for; 0 when it is no unit.
std::uint64_t factor_of(std::string_view unit) {
  if (unit.empty() || unit == "B" || unit == "b") return 1;
  constexpr std::string_view kLetters = "kmgtp";
  const auto letter = static_cast<char>(unit[0] | 0x20);
  const auto power = kLetters.find(letter);
  if (power == std::string_view::npos) return 0;
  const auto rest = unit.substr(1);
  if (!rest.empty() && rest != "iB" && rest != "ib" && rest != "B" && rest != "b" && rest != "i") return 0;
  return std::uint64_t{1} << (10 * (power + 1));
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

std::unexpected<Error> not_a_size() {
  return fail(Code::Invalid, "not a size such as 512MiB or 10GiB");
}

}  // namespace

std::uint64_t SizeOrPercent::of(std::uint64_t whole) const {
  if (percent == 0) return bytes;
  return whole / 100 * percent + whole % 100 * percent / 100;
}

Result<std::uint64_t> parse_size(std::string_view text) {
  text = trimmed(text);
  std::uint64_t whole = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), whole);
  if (error == std::errc::invalid_argument) return not_a_size();
  if (error != std::errc{}) return fail(Code::TooLarge, "larger than any disk");
  std::string_view rest = text.substr(static_cast<std::size_t>(end - text.data()));
  double fraction = 0;
  if (rest.starts_with('.')) {
    double scale = 0.1;
    rest.remove_prefix(1);
    if (rest.empty() || rest[0] < '0' || rest[0] > '9') return not_a_size();
    for (; !rest.empty() && rest[0] >= '0' && rest[0] <= '9'; rest.remove_prefix(1), scale /= 10) {
      fraction += (rest[0] - '0') * scale;
    }
  }
  const std::uint64_t factor = factor_of(trimmed(rest));
  if (factor == 0 || (factor == 1 && fraction > 0)) return not_a_size();
  const auto part = static_cast<std::uint64_t>(std::llround(fraction * static_cast<double>(factor)));
  if (whole > (kMost - part) / factor) return fail(Code::TooLarge, "larger than any disk");
  return whole * factor + part;
}

Result<SizeOrPercent> parse_size_or_percent(std::string_view text) {
  text = trimmed(text);
  if (!text.ends_with('%')) {
    auto bytes = parse_size(text);
    if (!bytes) return std::unexpected(bytes.error());
    return SizeOrPercent{.bytes = *bytes, .percent = 0};
  }
  text = trimmed(text.substr(0, text.size() - 1));
  unsigned percent = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), percent);
  if (error != std::errc{} || end != text.data() + text.size() || percent < 1 || percent > 100) {
    return fail(Code::Invalid, "not a percentage from 1% to 100%");
  }
  return SizeOrPercent{.bytes = 0, .percent = percent};
}

std::string size_text(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 6> kUnits = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  std::size_t unit = 0;
  auto value = static_cast<double>(bytes);
  while (value >= 1024 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  const double rounded = std::round(value * 10) / 10;
  return rounded == std::floor(rounded) ? fmt::format("{:.0f} {}", rounded, kUnits[unit])
                                        : fmt::format("{:.1f} {}", rounded, kUnits[unit]);
}

std::string to_string(const SizeOrPercent& size) {
  return size.percent != 0 ? fmt::format("{} %", size.percent) : size_text(size.bytes);
}

}  // namespace artifactapi
