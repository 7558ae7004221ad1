// One request on its way over redirects: what is sent, and where it is now. Private to HttpUpstream.
#pragma once

#include "base/clock.h"
#include "base/secret.h"
#include "http/headers.h"
#include "http/url.h"
#include "runtime/bell.h"
#include "transport/client.h"
#include "upstream/access.h"
#include "upstream/origin.h"
#include "upstream/upstream.h"

#include <boost/asio/ip/address.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace artifactapi::upstream {

struct Errand {
  Method method = Method::Get;
  http::Url url;                            // its origin, and no other, sees the pass
  http::Headers headers;                    // for every hop
  std::shared_ptr<const std::string> body;  // likewise
  Pass pass;
  std::optional<http::Url> led_from;  // reached as if this had redirected there
  UpstreamTimeouts timeouts;
  runtime::Deadline deadline = runtime::kNoDeadline;  // for the head of the final answer
};

[[nodiscard]] Errand errand_to(const Origin& origin, Ask ask, Pass pass);

// One step of the walk.
struct Hop {
  http::Url url;
  Secret proxy;
  std::vector<boost::asio::ip::address> addresses;
  transport::Reach reach = transport::Reach::PublicOnly;  // settled by the first hop
  bool first = true;
};

}  // namespace artifactapi::upstream
