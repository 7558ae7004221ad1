// A configured name and what answers under it.
#pragma once

#include "base/result.h"
#include "cache/remote_profile.h"
#include "config/config.h"
#include "formats/api_root.h"
#include "formats/format.h"
#include "formats/plan.h"
#include "telemetry/metrics.h"
#include "upstream/origin.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace artifactapi::repository {

enum class Kind : std::uint8_t {
  Remote,    // caches an upstream
  Local,     // hosts what its users publish; not built yet
  NotBuilt,  // of a package type that this version does not serve
};

// Immutable; shared by the Repositories that have it unchanged.
struct Repository {
  config::Repository settings;
  const formats::Format* format = nullptr;
  Kind kind = Kind::Remote;
  std::shared_ptr<const formats::Planner> planner;  // of a Remote
  cache::ProfilePtr profile;                        // of a Remote
  telemetry::RequestMetrics metrics;
};

// What remotes are made with.
struct Workshop {
  upstream::Origins& origins;
  telemetry::Metrics& metrics;
  config::UpstreamProxies proxies;
  upstream::UpstreamTimeouts timeouts;
};

// One loaded configuration's repositories; shared by the requests that use it.
class Repositories {
 public:
  // What `before` has with the same settings is taken over as it is, with its counters and its origin's
  // state.
  [[nodiscard]] static Result<std::shared_ptr<const Repositories>> make(const config::Remotes& remotes,
                                                                        const Workshop& workshop,
                                                                        const Repositories* before = nullptr);

  // Null when there is none of that name.
  [[nodiscard]] const Repository* find(std::string_view name) const;
  // Those of `before` that this one has not, or not unchanged.
  [[nodiscard]] std::vector<const Repository*> ended_since(const Repositories& before) const;
  // Those whose type has that root, in file order; the views live as long as this.
  [[nodiscard]] std::span<const formats::Candidate> below(const formats::ApiRoot& root) const;
  [[nodiscard]] const std::vector<std::shared_ptr<const Repository>>& all() const { return all_; }

 private:
  [[nodiscard]] std::shared_ptr<const Repository> unchanged(const config::Repository& settings) const;

  std::vector<std::shared_ptr<const Repository>> all_;  // in file order
  std::unordered_map<std::string_view, std::shared_ptr<const Repository>> by_name_;
  std::unordered_map<const formats::ApiRoot*, std::vector<formats::Candidate>> below_root_;
};

}  // namespace artifactapi::repository
