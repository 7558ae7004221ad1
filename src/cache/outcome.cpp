#include "cache/outcome.h"

namespace artifactapi::cache {

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::None: return "";
    case Outcome::Hit: return "HIT";
    case Outcome::Miss: return "MISS";
    case Outcome::Stale: return "STALE";
    case Outcome::Revalidated: return "REVALIDATED";
  }
  return "";
}

}  // namespace artifactapi::cache
