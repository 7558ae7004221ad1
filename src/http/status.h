// Reason phrases, which no one should need but every status line carries.
#pragma once

#include <string_view>

namespace artifactapi::http {

// "Unknown" for numbers without a registered phrase.
std::string_view reason_phrase(int status);

}  // namespace artifactapi::http
