// All SQL that runs while the program serves; each is prepared once for a connection.
#pragma once

#include <cstddef>
#include <cstdint>

namespace artifactapi::catalog {

enum class Query : std::uint8_t {
  Find,
  Keys,
  List,
  Totals,
  Stored,
  LeastRecentlyUsed,
  RefersTo,
  Blobs,
  LastVersion,
  Put,
  Renew,
  Touch,
  Erase,
  SetLastVersion,
};
inline constexpr std::size_t kQueries = 14;

[[nodiscard]] const char* sql_of(Query query);

}  // namespace artifactapi::catalog
