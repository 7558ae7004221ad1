// Where a remote's artifacts come from, and how to talk to it.
#pragma once

#include "base/clock.h"
#include "base/secret.h"
#include "http/headers.h"
#include "http/url.h"
#include "runtime/slots.h"
#include "transport/client.h"
#include "upstream/access.h"
#include "upstream/breaker.h"
#include "upstream/proxy_choice.h"
#include "upstream/remote_metrics.h"

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace artifactapi::upstream {

// What all remotes on one scheme, host and port share: how many requests may be under way, and whether it
// answers.
struct OriginHealth {
  OriginHealth(runtime::Loops& loops, std::size_t connections) : slots(loops, connections) {}
  runtime::Slots slots;
  Breaker breaker;
};

// Finds the shared health of an origin. Any thread; entries live until they are forgotten.
class Origins {
 public:
  Origins(runtime::Loops& loops, std::size_t connections_each) : loops_(loops), each_(connections_each) {}
  [[nodiscard]] std::shared_ptr<OriginHealth> health_of(const http::Url& base);
  // For an origin whose challenges are to be answered; of one remote only.
  [[nodiscard]] std::shared_ptr<Access> make_access(std::vector<std::string> token_hosts) {
    return std::make_shared<Access>(loops_, std::move(token_hosts));
  }
  // For one request to an origin of which nothing shall be remembered.
  [[nodiscard]] std::shared_ptr<OriginHealth> passing_health() {
    return std::make_shared<OriginHealth>(loops_, each_);
  }
  // Lets go of origins that no remote and no request has any more.
  void forget_unused();

 private:
  runtime::Loops& loops_;
  std::size_t each_;
  std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<OriginHealth>> by_origin_;
};

struct UpstreamTimeouts {
  Milliseconds connect{10'000};
  Milliseconds first_byte{60'000};
  Milliseconds idle{60'000};
};

// One remote's upstream; immutable but for `health` and `access`. Credentials and `headers` go to `base`'s
// own origin only; with `access` credentials also to its token service.
struct Origin {
  http::Url base;
  std::optional<transport::BasicCredentials> basic;
  http::Headers headers;
  std::string ca_file;
  ProxyChoice proxies;
  UpstreamTimeouts timeouts;
  std::shared_ptr<OriginHealth> health;
  std::shared_ptr<Access> access;  // null: credentials are sent at once, challenges are not answered
  RemoteMetrics metrics;
};

// The URL of a path[?query] below the remote's base.
http::Url url_below(const http::Url& base, std::string_view path_and_query);

}  // namespace artifactapi::upstream
