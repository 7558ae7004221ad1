// Applies changes inside one transaction of the writing connection.
#pragma once

#include "base/result.h"
#include "catalog/catalog.h"
#include "catalog/sqlite_connection.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>

namespace artifactapi::catalog {

// Reads one row of any connection; `bad` is called for a row that does not decode, which then counts as
// absent.
[[nodiscard]] Result<std::optional<Row>> find_row(Connection& connection, std::string_view repository,
                                                  std::string_view key, const std::function<void()>& bad);

// Made for one transaction; finish() writes what it counted.
class Changes {
 public:
  [[nodiscard]] static Result<Changes> start(Connection& connection, std::function<void()> bad);

  [[nodiscard]] Result<Applied> operator()(const Put& put);
  [[nodiscard]] Result<Applied> operator()(const Renew& renew);
  [[nodiscard]] Result<Applied> operator()(const Touch& touch);
  [[nodiscard]] Result<Applied> operator()(const Erase& erase);
  [[nodiscard]] Result<void> finish();

 private:
  Changes(Connection& connection, std::function<void()> bad, std::uint64_t last_version)
      : connection_(connection),
        bad_(std::move(bad)),
        first_version_(last_version),
        last_version_(last_version) {}
  // 0: no row.
  [[nodiscard]] Result<std::uint64_t> version_of(std::string_view repository, std::string_view key);

  Connection& connection_;
  std::function<void()> bad_;
  std::uint64_t first_version_;
  std::uint64_t last_version_;
};

}  // namespace artifactapi::catalog
