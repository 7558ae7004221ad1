// Upstream's own refusal, to be passed on.
#pragma once

#include "base/clock.h"
#include "http/headers.h"

namespace artifactapi::cache {

struct Refusal {
  int status = 0;
  http::Headers headers;  // Retry-After; nothing else of the upstream's head
};

// `status`: what we answer with. Of `upstream` only a valid Retry-After is kept, as seconds.
[[nodiscard]] Refusal make_refusal(int status, const http::Headers& upstream, Time now);

}  // namespace artifactapi::cache
