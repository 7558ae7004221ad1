// Targets below a root that a package type's own clients use (formats/api_root.h).
#pragma once

#include "api/artifacts.h"
#include "api/handler.h"
#include "catalog/catalog.h"
#include "formats/api_root.h"
#include "repository/repository.h"
#include "runtime/blocking_pool.h"

#include <memory>

namespace artifactapi::api {

// Shared by all loops.
class Rooted {
 public:
  // Names found for a listing of what is stored; what comes after them is left out.
  static constexpr std::size_t kMostNames = 10'000;

  Rooted(Artifacts& artifacts, catalog::Catalog& catalog, runtime::BlockingPool& pool)
      : artifacts_(artifacts), catalog_(catalog), pool_(pool) {}

  // Response::repository is set where one was meant.
  [[nodiscard]] runtime::Task<Response> serve(const formats::ApiRoot& root,
                                              std::shared_ptr<const repository::Repositories> repositories,
                                              const http::Request& request, const RequestContext& context);

 private:
  [[nodiscard]] runtime::Task<Response> answer(const formats::ApiRoot& root,
                                               std::shared_ptr<const repository::Repositories> repositories,
                                               const http::Request& request, const RequestContext& context);
  [[nodiscard]] runtime::Task<Response> names(const formats::ApiRoot& root,
                                              const repository::Repositories& repositories,
                                              const http::CanonicalPath& target,
                                              const RequestContext& context);
  // In the pool.
  [[nodiscard]] Result<std::vector<std::string>> stored_names(const formats::ApiRoot& root,
                                                              const repository::Repositories& repositories);

  Artifacts& artifacts_;
  catalog::Catalog& catalog_;
  runtime::BlockingPool& pool_;
};

}  // namespace artifactapi::api
