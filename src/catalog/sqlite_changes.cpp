#include "catalog/sqlite_changes.h"

#include "catalog/sqlite_rows.h"

#include <algorithm>

namespace artifactapi::catalog {
namespace {

constexpr auto kDone = Applied::Verdict::Done;
constexpr auto kConflict = Applied::Verdict::Conflict;

bool allows(const Expected& expected, std::uint64_t there) {
  return !expected || *expected == there;
}

// Stands on the row; nothing when there is none.
Result<std::optional<Statement>> row_under(Connection& connection, std::string_view repository,
                                           std::string_view key) {
  auto statement = connection.query(Query::Find);
  if (!statement) return std::unexpected(statement.error());
  statement->bind(1, repository);
  statement->bind(2, key);
  const auto found = statement->step();
  if (!found) return std::unexpected(found.error());
  if (!*found) return std::nullopt;
  return std::optional<Statement>(std::move(*statement));
}

}  // namespace

Result<std::optional<Row>> find_row(Connection& connection, std::string_view repository, std::string_view key,
                                    const std::function<void()>& bad) {
  const auto found = row_under(connection, repository, key);
  if (!found) return std::unexpected(found.error());
  if (!*found) return std::nullopt;
  auto row = read_row(**found);
  if (!row) bad();
  return row;
}

Result<Changes> Changes::start(Connection& connection, std::function<void()> bad) {
  auto statement = connection.query(Query::LastVersion);
  if (!statement) return std::unexpected(statement.error());
  const auto found = statement->step();
  if (!found) return std::unexpected(found.error());
  const auto version = *found ? statement->number(0) : std::nullopt;
  if (!version || *version < 0) return fail(Code::Io, "catalog: the state row is damaged");
  return Changes(connection, std::move(bad), static_cast<std::uint64_t>(*version));
}

Result<Changes::There> Changes::look(std::string_view repository, std::string_view key) {
  const auto found = row_under(connection_, repository, key);
  if (!found) return std::unexpected(found.error());
  There there;
  if (!*found) return there;
  const Statement& columns = **found;
  there.exists = true;
  if (const auto digest = columns.bytes(2)) there.digest.assign(digest->begin(), digest->end());
  there.size = columns.number(3).value_or(0);
  if (const auto row = read_row(columns)) {
    there.version = row->version;
  } else {
    bad_();
  }
  return there;
}

// Mostly the key is new: that is tried first where whatever is there may be replaced.
Result<Applied> Changes::operator()(const Put& put) {
  if (!put.expected) {
    const auto inserted = insert(*put.row);
    if (!inserted) return std::unexpected(inserted.error());
    if (*inserted) return Applied{kDone, ++last_version_};
  }
  const auto there = look(put.row->repository, put.row->key);
  if (!there) return std::unexpected(there.error());
  if (!allows(put.expected, there->version)) return Applied{kConflict, there->version};
  const auto written = there->exists ? replace(*put.row, *there) : insert(*put.row);
  if (!written) return std::unexpected(written.error());
  if (!*written) return fail(Code::Invalid, "catalog: a row that breaks the rules of its table");
  return Applied{kDone, ++last_version_};
}

Result<bool> Changes::write(Query query, const Row& row) {
  auto statement = connection_.query(query);
  if (!statement) return std::unexpected(statement.error());
  if (auto bound = bind_row(*statement, row, last_version_ + 1); !bound)
    return std::unexpected(bound.error());
  const auto written = statement->change();
  if (!written) return std::unexpected(written.error());
  return *written != 0;
}

Result<bool> Changes::insert(const Row& row) {
  const auto inserted = write(Query::Insert, row);
  if (!inserted || !*inserted) return inserted;
  accounts_.add(row.repository, row.digest, static_cast<std::int64_t>(row.size));
  return true;
}

Result<bool> Changes::replace(const Row& row, const There& there) {
  const auto replaced = write(Query::Replace, row);
  if (!replaced || !*replaced) return replaced;
  const auto size = static_cast<std::int64_t>(row.size);
  if (size == there.size && std::ranges::equal(row.digest.bytes(), there.digest)) return true;
  accounts_.remove(row.repository, there.digest, there.size);
  accounts_.add(row.repository, row.digest, size);
  return true;
}

Result<Applied> Changes::operator()(const Renew& renew) {
  const auto there = look(renew.repository, renew.key);
  if (!there) return std::unexpected(there.error());
  const auto version = there->version;
  if (version == 0 || !allows(renew.expected, version)) return Applied{kConflict, version};
  auto statement = connection_.query(Query::Renew);
  if (!statement) return std::unexpected(statement.error());
  statement->bind(1, renew.repository);
  statement->bind(2, renew.key);
  statement->bind(3, renew.expires_at.time_since_epoch().count());
  statement->bind(4, static_cast<std::int64_t>(last_version_ + 1));
  if (renew.requested_at) statement->bind(5, renew.requested_at->time_since_epoch().count());
  if (renew.upstream_etag) statement->bind(6, *renew.upstream_etag);
  if (renew.last_modified) statement->bind(7, *renew.last_modified);
  if (renew.headers) statement->bind(8, *renew.headers);
  statement->bind(9, std::int64_t{renew.stale});
  if (auto done = statement->run(); !done) return std::unexpected(done.error());
  return Applied{kDone, ++last_version_};
}

Result<Applied> Changes::operator()(const Touch& touch) {
  const auto there = look(touch.repository, touch.key);
  if (!there) return std::unexpected(there.error());
  if (there->version == 0) return Applied{kDone, 0};
  auto statement = connection_.query(Query::Touch);
  if (!statement) return std::unexpected(statement.error());
  statement->bind(1, touch.repository);
  statement->bind(2, touch.key);
  statement->bind(3, touch.last_access.time_since_epoch().count());
  if (auto done = statement->run(); !done) return std::unexpected(done.error());
  return Applied{kDone, there->version};
}

Result<Applied> Changes::operator()(const Erase& erase) {
  const auto there = look(erase.repository, erase.key);
  if (!there) return std::unexpected(there.error());
  if (!allows(erase.expected, there->version)) return Applied{kConflict, there->version};
  // Also one that does not decode.
  if (!there->exists) return Applied{kDone, 0};
  auto statement = connection_.query(Query::Erase);
  if (!statement) return std::unexpected(statement.error());
  statement->bind(1, erase.repository);
  statement->bind(2, erase.key);
  if (auto done = statement->run(); !done) return std::unexpected(done.error());
  accounts_.remove(erase.repository, there->digest, there->size);
  return Applied{kDone, 0};
}

Result<void> Changes::finish() {
  if (auto done = accounts_.write(); !done) return done;
  if (last_version_ == first_version_) return {};
  auto statement = connection_.query(Query::SetLastVersion);
  if (!statement) return std::unexpected(statement.error());
  statement->bind(1, static_cast<std::int64_t>(last_version_));
  return statement->run();
}

}  // namespace artifactapi::catalog
