// A string that must not be printed: it formats as ***, and only reveal() gives it away.
#pragma once

#include <ostream>
#include <string>
#include <utility>

namespace artifactapi {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  // For the one place that puts it on the wire.
  [[nodiscard]] const std::string& reveal() const { return value_; }
  [[nodiscard]] bool empty() const { return value_.empty(); }
  friend std::ostream& operator<<(std::ostream& out, const Secret&) { return out << "***"; }
  friend bool operator==(const Secret&, const Secret&) = default;
  friend auto format_as(const Secret&) { return "***"; }

 private:
  std::string value_;
};

}  // namespace artifactapi
