// The table behind flags, variables and help: one row a setting, with the function that understands its text.
#pragma once

#include "base/result.h"
#include "config/settings.h"

#include <span>
#include <string_view>

namespace artifactapi::config {

struct Setting {
  SettingRow row;
  // Null for what needs more than its own text (the admin token's file). The error does not quote the text.
  Result<> (*apply)(std::string_view text, Settings& out);
};

[[nodiscard]] std::span<const Setting> settings_table();

}  // namespace artifactapi::config
