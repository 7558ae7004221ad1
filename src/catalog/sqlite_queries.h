// All SQL that runs while the program serves; each is prepared once for a connection.
#pragma once

#include <cstddef>
#include <cstdint>

namespace artifactapi::catalog {

enum class Query : std::uint8_t {
  Begin,
  Commit,
  Find,
  Keys,
  List,
  Totals,
  Stored,
  LeastRecentlyUsed,
  RefersTo,
  Blobs,
  LastVersion,
  Insert,
  Replace,
  Renew,
  Touch,
  Erase,
  SetLastVersion,
  AddBlob,
  ReferToBlob,
  RemoveBlob,
  AddToTotals,
  RemoveEmptyTotals,
  AddToState,
};
inline constexpr std::size_t kQueries = static_cast<std::size_t>(Query::AddToState) + 1;

[[nodiscard]] const char* sql_of(Query query);

}  // namespace artifactapi::catalog
