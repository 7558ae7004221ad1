#include "cache/refusal.h"

#include "http/upstream_response.h"

#include <string>

namespace artifactapi::cache {

Refusal make_refusal(int status, const http::Headers& upstream, Time now) {
  Refusal refusal{status, {}};
  const auto wait = http::retry_after(upstream.get("Retry-After").value_or(""), now);
  if (wait) refusal.headers.set("Retry-After", std::to_string(wait->count()));
  return refusal;
}

}  // namespace artifactapi::cache
