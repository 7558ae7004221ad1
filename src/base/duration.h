// Spans of time as people write them: 30, 30s, 5m, 2h, 7d, 250ms.
#pragma once

#include "base/clock.h"
#include "base/result.h"

#include <string>
#include <string_view>

namespace artifactapi {

// Longest span accepted: a hundred years of 365 days. Sums of a time and a span cannot overflow.
inline constexpr Seconds kMaxDuration{100LL * 365 * 24 * 3600};

// A whole number with ms, s, m, h, d or w; without a unit it counts seconds. Invalid for signs, fractions,
// other units and anything over kMaxDuration.
[[nodiscard]] Result<Milliseconds> parse_duration(std::string_view text);

// The shortest exact form, for example "5m" or "1500ms".
[[nodiscard]] std::string duration_text(Milliseconds span);

}  // namespace artifactapi
