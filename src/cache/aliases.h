// The answers that plain requests get without being looked into: found by target and the client's choices.
#pragma once

#include "cache/hot.h"
#include "http/request_head.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace artifactapi::cache {

// Targets seen on one loop and the answers each had; touched on that loop only, so a hit takes no lock. Holds
// its answers weakly: what the cache lets go of is freed at once, and its aliases are dropped when they are
// met.
class Aliases {
 public:
  static constexpr std::size_t kMost = 1U << 17U;
  static constexpr std::size_t kMostBytes = 16U << 20U;
  // Of one target: two media types in two codings.
  static constexpr std::size_t kMostAnswers = 4;

  // Null when the target is not known, or has no answer for this client that may still be given.
  [[nodiscard]] ReadyPtr find(const http::HeadSummary& head, Time now);
  void remember(std::string_view target, const ReadyPtr& ready);

 private:
  using Weak = std::weak_ptr<const Ready>;
  using Others = std::array<Weak, kMostAnswers - 1>;
  struct Alias {
    Weak first;
    std::unique_ptr<Others> others;  // null: there is one answer, for every client
  };
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  [[nodiscard]] static ReadyPtr find_other(const Others& others, const http::HeadSummary& head, Time now,
                                           bool& any_alive);
  static void add(Alias& alias, const ReadyPtr& ready);

  boost::unordered_flat_map<std::string, Alias, Hash, std::equal_to<>> by_target_;
  std::size_t bytes_ = 0;
};

// Whether the answer is for who sent that head. Pure; neither allocates nor throws.
[[nodiscard]] bool is_for(const Audience& audience, std::string_view content_type,
                          const http::HeadSummary& head);

}  // namespace artifactapi::cache
