// What POST /cache-artifact is asked: artifacts of one remote, by their paths or by a pattern.
#pragma once

#include "base/pattern.h"
#include "base/result.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace artifactapi::api {

namespace limits {
inline constexpr std::size_t kMaxOrderedPaths = 1000;
}  // namespace limits

struct WarmingOrder {
  std::string remote;
  std::vector<std::string> paths;  // as written, each once; may be empty
  std::optional<Pattern> include;  // instead of paths
};

// `body`: a JSON object with "remote" and either "paths" or "include_pattern", and nothing else. Invalid with
// a sentence for whoever wrote it; TooLarge: more than kMaxOrderedPaths.
[[nodiscard]] Result<WarmingOrder> parse_order(std::string_view body);

}  // namespace artifactapi::api
