// One remote as the cache sees it. Immutable but for its end; kept alive by the requests that use it.
#pragma once

#include "cache/counters.h"
#include "cache/policy.h"
#include "formats/plan.h"
#include "upstream/origin.h"

#include <atomic>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace artifactapi::cache {

struct RemoteProfile {
  std::string name;
  Rules rules;
  std::shared_ptr<const upstream::Origin> origin;
  std::shared_ptr<const formats::Planner> planner;
  RemoteCounters counters;
  std::span<const std::string_view> quota_headers;  // of the package type, passed on with a 429
  // Set when a reload removed or changed the remote, before the answers in memory are ended: what is found
  // out for it from then on is not kept in memory.
  mutable std::atomic<bool> ended{false};
};
using ProfilePtr = std::shared_ptr<const RemoteProfile>;

}  // namespace artifactapi::cache
