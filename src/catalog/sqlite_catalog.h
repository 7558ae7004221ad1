// The catalog in one SQLite file.
#pragma once

#include "base/result.h"
#include "catalog/catalog.h"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace artifactapi::catalog {

struct Opened {
  std::unique_ptr<Catalog> catalog;
  std::vector<std::string> warnings;  // for the log: for example that a damaged file was moved aside
};

struct SqliteOptions {
  std::size_t readers = 4;            // connections that read at the same time; one more writes
  std::size_t keys_at_once = 20'000;  // read by one learn_keys(), some ten milliseconds
};

// Opens or creates the file and brings it to this program's schema. A file that is no database, or is
// damaged, is renamed to "<name>.damaged-<n>" and an empty one takes its place (a warning says why): rows can
// be fetched again. A file written by a newer program is refused and left alone. One process at a time: the
// data directory's lock.
[[nodiscard]] Result<Opened> open_sqlite(const std::filesystem::path& path,
                                         const SqliteOptions& options = {});

}  // namespace artifactapi::catalog
