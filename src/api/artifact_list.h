// The listing of a repository's stored artifacts, page by page.
#pragma once

#include "base/clock.h"
#include "base/pattern.h"
#include "base/result.h"
#include "catalog/catalog.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace artifactapi::api {

namespace limits {
inline constexpr std::size_t kMaxClientPattern = 512;  // bytes of a regular expression given by a client
inline constexpr std::size_t kMaxListed = 1000;        // artifacts on one page
inline constexpr std::size_t kDefaultListed = 100;
inline constexpr Milliseconds kMaxListTime{1000};  // of looking for matches for one page
}  // namespace limits

struct ListQuery {
  std::optional<Pattern> pattern;
  std::optional<std::string> cursor;  // none: from the start
  std::size_t limit = limits::kDefaultListed;
};

// `query`: canonical. Invalid: a pattern that is too long or does not compile, a limit that is no number from
// 1 on (larger ones count as kMaxListed).
[[nodiscard]] Result<ListQuery> parse_list_query(std::string_view query);

// Blocks: pool threads only. The page as JSON; `next` is set where more may follow, also when the time ran
// out.
[[nodiscard]] Result<std::string> list_artifacts(catalog::Catalog& catalog, const std::string& repository,
                                                 const ListQuery& query);

// "2026-01-31T12:00:00.000Z"
[[nodiscard]] std::string rfc3339(Time time);

}  // namespace artifactapi::api
