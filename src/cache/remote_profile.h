// One remote as the cache sees it. Immutable; kept alive by the requests that use it.
#pragma once

#include "cache/counters.h"
#include "cache/policy.h"
#include "upstream/origin.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

namespace artifactapi::cache {

struct RemoteProfile {
  std::string name;
  std::uint32_t index = 0;  // slot of its counters
  Rules rules;
  std::shared_ptr<const upstream::Origin> origin;
  RemoteCounters counters;
  // Set when a reload removed or changed the remote, before the answers in memory are ended: what is found
  // out for it from then on is not kept in memory.
  mutable std::atomic<bool> ended{false};
};
using ProfilePtr = std::shared_ptr<const RemoteProfile>;

}  // namespace artifactapi::cache
