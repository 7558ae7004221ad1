#include "http/accept_encoding.h"

#include "http/accept.h"
#include "http/headers.h"

#include <optional>

namespace artifactapi::http {

bool accepts_gzip(std::string_view accept_encoding) {
  std::optional<Weight> gzip;
  std::optional<Weight> identity;
  std::optional<Weight> others;
  for (std::size_t seen = 0;; ++seen) {
    // A member has the form of a media range, whatever it names.
    const auto coding = take_media_range(accept_encoding);
    if (!coding) break;
    if (seen == kMostCodings) return false;
    if (equal_ignoring_case(coding->type, "gzip") || equal_ignoring_case(coding->type, "x-gzip")) {
      gzip = coding->weight;
    } else if (equal_ignoring_case(coding->type, "identity")) {
      identity = coding->weight;
    } else if (coding->type == "*") {
      others = coding->weight;
    }
  }
  const auto weight = gzip.value_or(others.value_or(0));
  return weight > 0 && weight >= identity.value_or(0);
}

}  // namespace artifactapi::http
