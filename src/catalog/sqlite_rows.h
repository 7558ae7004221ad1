// Rows to and from statements whose columns are those of the artifacts table, in its order.
#pragma once

#include "base/result.h"
#include "catalog/row.h"
#include "catalog/sqlite_connection.h"

#include <optional>

namespace artifactapi::catalog {

// None: the stored row is not one that we could have written.
[[nodiscard]] std::optional<Row> read_row(const Statement& statement);
[[nodiscard]] std::optional<Digest> read_digest(const Statement& statement, int column);

// Binds parameters 1 to 16; the row must live until the statement ends. Invalid: the size does not fit.
[[nodiscard]] Result<void> bind_row(Statement& statement, const Row& row, std::uint64_t version);

}  // namespace artifactapi::catalog
