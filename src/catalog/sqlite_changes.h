// Applies changes inside one transaction of the writing connection; nobody else writes rows.
#pragma once

#include "base/result.h"
#include "catalog/catalog.h"
#include "catalog/sqlite_accounts.h"
#include "catalog/sqlite_connection.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

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
        accounts_(connection),
        bad_(std::move(bad)),
        first_version_(last_version),
        last_version_(last_version) {}
  // What stands under a key, whether it decodes or not.
  struct There {
    bool exists = false;
    std::uint64_t version = 0;  // 0: no row that decodes
    std::vector<std::uint8_t> digest;
    std::int64_t size = 0;
  };
  [[nodiscard]] Result<There> look(std::string_view repository, std::string_view key);
  // Whether it was written: the key may be taken, or the table does not take such a row.
  [[nodiscard]] Result<bool> write(Query query, const Row& row);
  [[nodiscard]] Result<bool> insert(const Row& row);
  [[nodiscard]] Result<bool> replace(const Row& row, const There& there);

  Connection& connection_;
  Accounts accounts_;
  std::function<void()> bad_;
  std::uint64_t first_version_;
  std::uint64_t last_version_;
};

}  // namespace artifactapi::catalog
