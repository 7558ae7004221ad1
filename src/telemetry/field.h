// One named value of a log line.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace artifactapi::telemetry {

using FieldValue = std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool>;

// A view: it lives no longer than the call it is handed to. Names are constants of ours.
struct Field {
  Field(std::string_view name_in, std::string_view text) : name(name_in), value(text) {}
  Field(std::string_view name_in, const std::string& text) : name(name_in), value(std::string_view(text)) {}
  Field(std::string_view name_in, const char* text) : name(name_in), value(std::string_view(text)) {}
  Field(std::string_view name_in, bool yes) : name(name_in), value(yes) {}
  Field(std::string_view name_in, double number) : name(name_in), value(number) {}
  template <std::signed_integral T>
  Field(std::string_view name_in, T number) : name(name_in), value(static_cast<std::int64_t>(number)) {}
  template <std::unsigned_integral T>
    requires(!std::same_as<T, bool>)
  Field(std::string_view name_in, T number) : name(name_in), value(static_cast<std::uint64_t>(number)) {}

  std::string_view name;
  FieldValue value;
};

}  // namespace artifactapi::telemetry
