#include "cache/cache_services.h"

#include <utility>

namespace artifactapi::cache {

runtime::Task<Result<RowPtr>> stored_row(CacheServices& services, std::string repository, std::string key) {
  const auto recent = services.recent.find(cache_key(repository, key));
  if (recent) co_return recent->row;
  if (!services.catalog.may_have(repository, key)) co_return RowPtr();
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
