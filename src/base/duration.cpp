#include "base/duration.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstdint>

namespace artifactapi {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t milliseconds;
};
// Longest first, for printing.
constexpr std::array<Unit, 6> kUnits = {{{"w", 7LL * 24 * 3600 * 1000},
                                         {"d", 24LL * 3600 * 1000},
                                         {"h", 3600LL * 1000},
                                         {"m", 60LL * 1000},
                                         {"s", 1000},
                                         {"ms", 1}}};

std::int64_t factor_of(std::string_view unit) {
  if (unit.empty()) return 1000;
  for (const auto& known : kUnits) {
    if (unit == known.name) return known.milliseconds;
  }
  return 0;
}

}  // namespace

Result<Milliseconds> parse_duration(std::string_view text) {
  std::int64_t amount = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), amount);
  if (error == std::errc::invalid_argument || amount < 0 || text.starts_with('-')) {
    return fail(Code::Invalid, "not a span of time such as 30, 30s, 5m or 2h");
  }
  auto unit = text.substr(static_cast<std::size_t>(end - text.data()));
  if (unit.size() > 1 && unit.starts_with(' ')) unit.remove_prefix(1);
  const std::int64_t factor = factor_of(unit);
  if (factor == 0) return fail(Code::Invalid, "not a span of time such as 30, 30s, 5m or 2h");
  if (error != std::errc{} || amount > Milliseconds(kMaxDuration).count() / factor) {
    return fail(Code::TooLarge, "longer than a hundred years");
  }
  return Milliseconds(amount * factor);
}

std::string duration_text(Milliseconds span) {
  if (span.count() == 0) return "0s";
  for (const auto& unit : kUnits) {
    if (span.count() % unit.milliseconds == 0)
      return fmt::format("{}{}", span.count() / unit.milliseconds, unit.name);
  }
  return fmt::format("{}ms", span.count());
}

}  // namespace artifactapi
