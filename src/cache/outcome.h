// How the cache answered a request: the word in the log, the label in the metrics, the X-Artifact-Source
// header.
#pragma once

#include <cstdint>
#include <string_view>

namespace artifactapi::cache {

enum class Outcome : std::uint8_t {
  None,   // not an artifact (management, errors before the cache was asked)
  Hit,    // served from the store without asking upstream
  Miss,   // a body came from upstream on account of this request, or was still coming
  Stale,  // an expired copy, because upstream could not be reached; from then on until it is heard again
  Revalidated,  // an expired copy that upstream said is still good
};

// "HIT", "MISS", "STALE", "REVALIDATED"; empty for None.
std::string_view to_string(Outcome outcome);

}  // namespace artifactapi::cache
