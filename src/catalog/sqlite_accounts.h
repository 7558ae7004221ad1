// What would otherwise be counted by scans: how many rows refer to each blob, what the rows of each
// repository and all blobs come to.
#pragma once

#include "base/digest.h"
#include "base/result.h"
#include "catalog/sqlite_connection.h"

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace artifactapi::catalog {

// Made for one transaction, by whoever changes rows in it (Changes), and told of each. All is kept until
// write(), and written once for all rows of the transaction: to write it with each row, as triggers did
// before, cost more than the row.
class Accounts {
 public:
  explicit Accounts(Connection& connection) : connection_(connection) {}

  // A row names a blob from now on, or no longer. `size` in bytes; the digest of a row that is gone as it
  // stood there: a damaged one names no blob.
  void add(std::string_view repository, const Digest& digest, std::int64_t size);
  void remove(std::string_view repository, std::span<const std::uint8_t> digest, std::int64_t size);
  // Last of all in the transaction.
  [[nodiscard]] Result<void> write();

 private:
  struct Sum {
    std::int64_t count = 0;
    std::int64_t bytes = 0;
    void gain(std::int64_t size);
    void lose(std::int64_t size);
    friend bool operator==(const Sum&, const Sum&) = default;
  };
  // How many more rows name a blob than before; its size where a row was added.
  struct References {
    Digest digest;
    std::int64_t added = 0;
    std::int64_t size = 0;
  };
  [[nodiscard]] Sum& of(std::string_view repository);
  [[nodiscard]] Result<void> write_references();
  [[nodiscard]] Result<void> write_references(const References& changed);
  [[nodiscard]] Result<void> write_totals(const std::string& repository, const Sum& changed);

  Connection& connection_;
  std::map<std::string, Sum, std::less<>> repositories_;  // what was added since the start
  std::vector<References> references_;                    // one for each row
  Sum blobs_;
};

}  // namespace artifactapi::catalog
