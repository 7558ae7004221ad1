// Opening the catalog's file: schema, damage, moving aside.
#pragma once

#include "base/result.h"
#include "catalog/sqlite_connection.h"

#include <filesystem>
#include <string>
#include <vector>

namespace artifactapi::catalog {

struct Writer {
  Connection connection;
  std::vector<std::string> warnings;
};

// The writing connection to a sound file of this program's schema; open_sqlite says what happens to others.
[[nodiscard]] Result<Writer> open_writer(const std::filesystem::path& path);

// Notes beside the file that damage was met in it, so that the next open_writer checks all of it, whatever
// its size.
void mark_suspect(const std::filesystem::path& path);

}  // namespace artifactapi::catalog
