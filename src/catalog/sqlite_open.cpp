#include "catalog/sqlite_open.h"

#include "catalog/sqlite_schema.h"

#include <fmt/format.h>

#include <cstdint>
#include <fstream>
#include <system_error>

namespace artifactapi::catalog {
namespace {

namespace fs = std::filesystem;

// A check reads the whole file: a fraction of a second up to here, so it is done at every start.
constexpr std::uint64_t kAlwaysChecked = 64ULL << 20;

fs::path beside(const fs::path& path, std::string_view suffix) {
  fs::path result = path;
  result += suffix;
  return result;
}

bool is_worth_checking(const fs::path& path) {
  std::error_code error;
  if (fs::exists(beside(path, ".suspect"), error)) return true;
  const auto size = fs::file_size(path, error);
  return !error && size <= kAlwaysChecked;
}

Result<void> check(Connection& connection) {
  // A single row that breaks a constraint is skipped when met; here it must not cost the whole catalog.
  if (auto done = connection.execute("PRAGMA ignore_check_constraints = ON"); !done) return done;
  const auto verdict = connection.text("PRAGMA quick_check(1)");
  if (!verdict) return std::unexpected(verdict.error());
  if (*verdict != "ok") return fail(Code::Contradicted, *verdict);
  return connection.execute("PRAGMA ignore_check_constraints = OFF");
}

Result<void> make_ready(Connection& connection, const fs::path& path) {
  if (auto done = connection.configure(Connection::Access::Write); !done) return done;
  if (is_worth_checking(path)) {
    if (auto done = check(connection); !done) return done;
  }
  return migrate(connection);
}

// Contradicted: the file is damaged.
Result<Connection> try_open(const fs::path& path) {
  auto connection = Connection::open(path);
  if (!connection) return connection;
  auto ready = make_ready(*connection, path);
  if (ready) return connection;
  if (connection->found_damage()) return fail(Code::Contradicted, ready.error().message);
  return std::unexpected(ready.error());
}

Result<fs::path> move_aside(const fs::path& path) {
  std::error_code error;
  int number = 1;
  while (fs::exists(beside(path, fmt::format(".damaged-{}", number)), error)) ++number;
  const auto aside = beside(path, fmt::format(".damaged-{}", number));
  fs::rename(path, aside, error);
  if (error)
    return fail(Code::Io, fmt::format("the damaged catalog cannot be moved aside: {}", error.message()));
  // The write-ahead log must not be taken for one of the new file's.
  for (const auto* suffix : {"-wal", "-shm"}) {
    fs::rename(beside(path, suffix), beside(aside, suffix), error);
    if (error && error != std::errc::no_such_file_or_directory) {
      return fail(Code::Io, fmt::format("the damaged catalog cannot be moved aside: {}", error.message()));
    }
  }
  return aside;
}

}  // namespace

Result<Writer> open_writer(const fs::path& path) {
  std::vector<std::string> warnings;
  auto connection = try_open(path);
  if (!connection && connection.error().code == Code::Contradicted) {
    const auto aside = move_aside(path);
    if (!aside) return std::unexpected(aside.error());
    warnings.push_back(
        fmt::format("the catalog was damaged ({}); it was moved to {} and an empty one takes its place",
                    connection.error().message, aside->filename().string()));
    connection = try_open(path);
  }
  if (!connection) return std::unexpected(connection.error());
  std::error_code ignored;
  fs::remove(beside(path, ".suspect"), ignored);
  return Writer{std::move(*connection), std::move(warnings)};
}

void mark_suspect(const fs::path& path) {
  std::ofstream(beside(path, ".suspect")) << "damage was met\n";
}

}  // namespace artifactapi::catalog
