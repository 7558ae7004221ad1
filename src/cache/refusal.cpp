#include "cache/refusal.h"

#include "http/upstream_response.h"

#include <algorithm>
#include <string>

namespace artifactapi::cache {

Refusal make_refusal(int status, const http::Headers& upstream, Time now,
                     std::span<const std::string_view> quota_headers) {
  Refusal refusal{status, {}};
  const auto wait = http::retry_after(upstream.get("Retry-After").value_or(""), now);
  if (wait) refusal.headers.set("Retry-After", std::to_string(wait->count()));
  if (status != 429) return refusal;
  std::size_t left = kMaxQuotaHeaders;
  for (const auto& [name, value] : upstream) {
    const bool named = std::ranges::any_of(
        quota_headers, [&name](auto wanted) { return http::equal_ignoring_case(name, wanted); });
    if (!named && !http::tells_quota(name)) continue;
    if (left-- == 0) break;
    refusal.headers.add(name, value);
  }
  return refusal;
}

}  // namespace artifactapi::cache
