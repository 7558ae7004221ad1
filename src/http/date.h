// HTTP dates (RFC 9110 5.6.7), without locale and without time zones other than GMT.
#pragma once

#include "base/clock.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace artifactapi::http {

inline constexpr std::size_t kDateBytes = 29;

// IMF-fixdate, "Sun, 06 Nov 1994 08:49:37 GMT". Milliseconds are dropped; years outside 0 to 9999 become the
// nearest time within.
std::string format_date(Time time);
void format_date_into(char (&out)[kDateBytes], Time time);  // no terminating NUL

// IMF-fixdate, RFC 850 (two-digit years: 70 to 99 are the 1900s) and asctime forms. nullopt for anything
// else, and for days that do not exist. The weekday must be one but is not compared with the date.
std::optional<Time> parse_date(std::string_view text);

}  // namespace artifactapi::http
