#include "cache/cache_services.h"

#include <utility>

namespace artifactapi::cache {

std::optional<RowPtr> known_row(CacheServices& services, const std::string& both, std::string_view repository,
                                std::string_view key) {
  const auto recent = services.recent.find(both);
  if (recent) return recent->row;
  if (!services.catalog.may_have(repository, key)) return RowPtr();
  return std::nullopt;
}

runtime::Task<Result<RowPtr>> stored_row(CacheServices& services, std::string repository, std::string key) {
  if (auto known = known_row(services, cache_key(repository, key), repository, key))
    co_return std::move(*known);
  auto look_up = [&catalog = services.catalog, &repository, &key] { return catalog.find(repository, key); };
  auto found = co_await runtime::offload(services.pool, look_up);
  if (!found) {
    services.counters.catalog_errors.inc();
    co_return std::unexpected(found.error());
  }
  if (!*found) co_return RowPtr();
  co_return std::make_shared<const catalog::Row>(std::move(**found));
}

}  // namespace artifactapi::cache
