// The tables, made and changed in numbered steps (PRAGMA user_version counts them).
#pragma once

#include "base/result.h"
#include "catalog/sqlite_connection.h"

#include <cstdint>

namespace artifactapi::catalog {

// The version this program writes.
[[nodiscard]] std::int64_t schema_version();

// Runs the missing steps, each in its own transaction. Invalid: the file was written by a newer program, or
// holds somebody else's tables.
[[nodiscard]] Result<void> migrate(Connection& connection);

}  // namespace artifactapi::catalog
