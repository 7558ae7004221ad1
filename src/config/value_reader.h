// Values of the YAML tree as typed values; whatever does not fit becomes a diagnostic at its place.
#pragma once

#include "base/clock.h"
#include "base/pattern.h"
#include "config/diagnostic.h"
#include "config/environment.h"
#include "config/yaml_tree.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace artifactapi::config {

// Collects what is wrong with one file. Reading goes on after an error, so that all of them are found at
// once.
class ValueReader {
 public:
  ValueReader(std::string file_name, const Environment& environment, Diagnostics& findings)
      : file_name_(std::move(file_name)), environment_(environment), findings_(findings) {}

  void error(const YamlNode& at, std::string message, std::string hint = {});
  void warning(const YamlNode& at, std::string message, std::string hint = {});

  // The text of a scalar, `${NAME}` replaced, without trailing line breaks. Control characters are an error.
  std::optional<std::string> text(const YamlNode& node);
  std::optional<bool> boolean(const YamlNode& node);
  // Whole seconds: 3600, "1h".
  std::optional<Seconds> seconds(const YamlNode& node);
  // A scalar, or a list of scalars.
  std::vector<std::string> texts(const YamlNode& node);
  // Which of `words` it is, as an index.
  std::optional<std::size_t> word(const YamlNode& node, std::span<const std::string_view> words);
  // A compiled pattern; equal sources share one.
  std::shared_ptr<const Pattern> pattern(const YamlNode& node);

  // The value as the file wrote it, short and printable, in quotes.
  [[nodiscard]] static std::string quoted(const YamlNode& node);

 private:
  std::optional<std::string> expanded(const YamlNode& node);
  void report(const YamlNode& at, Severity severity, std::string message, std::string hint);

  std::string file_name_;
  const Environment& environment_;
  Diagnostics& findings_;
  std::unordered_map<std::string, std::shared_ptr<const Pattern>> patterns_;
};

}  // namespace artifactapi::config
