#include "catalog/sqlite_changes.h"

#include "catalog/sqlite_rows.h"

namespace artifactapi::catalog {
namespace {

constexpr auto kDone = Applied::Verdict::Done;
constexpr auto kConflict = Applied::Verdict::Conflict;

bool allows(const Expected& expected, std::uint64_t there) {
  return !expected || *expected == there;
}

}  // namespace

Result<std::optional<Row>> find_row(Connection& connection, std::string_view repository, std::string_view key,
                                    const std::function<void()>& bad) {
  auto statement = connection.query(Query::Find);
  if (!statement) return std::unexpected(statement.error());
  statement->bind(1, repository);
  statement->bind(2, key);
  const auto found = statement->step();
  if (!found) return std::unexpected(found.error());
  if (!*found) return std::nullopt;
  auto row = read_row(*statement);
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

Result<std::uint64_t> Changes::version_of(std::string_view repository, std::string_view key) {
  const auto row = find_row(connection_, repository, key, bad_);
  if (!row) return std::unexpected(row.error());
  return *row ? (*row)->version : 0;
}

Result<Applied> Changes::operator()(const Put& put) {
  const auto there = version_of(put.row.repository, put.row.key);
  if (!there) return std::unexpected(there.error());
  if (!allows(put.expected, *there)) return Applied{kConflict, *there};
  auto statement = connection_.query(Query::Put);
  if (!statement) return std::unexpected(statement.error());
  if (auto bound = bind_row(*statement, put.row, last_version_ + 1); !bound)
    return std::unexpected(bound.error());
  if (auto done = statement->run(); !done) return std::unexpected(done.error());
  return Applied{kDone, ++last_version_};
}

Result<Applied> Changes::operator()(const Renew& renew) {
  const auto there = version_of(renew.repository, renew.key);
  if (!there) return std::unexpected(there.error());
  if (*there == 0 || !allows(renew.expected, *there)) return Applied{kConflict, *there};
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
  const auto there = version_of(touch.repository, touch.key);
  if (!there) return std::unexpected(there.error());
  if (*there == 0) return Applied{kDone, 0};
  auto statement = connection_.query(Query::Touch);
  if (!statement) return std::unexpected(statement.error());
  statement->bind(1, touch.repository);
  statement->bind(2, touch.key);
  statement->bind(3, touch.last_access.time_since_epoch().count());
  if (auto done = statement->run(); !done) return std::unexpected(done.error());
  return Applied{kDone, *there};
}

Result<Applied> Changes::operator()(const Erase& erase) {
  const auto there = version_of(erase.repository, erase.key);
  if (!there) return std::unexpected(there.error());
  if (!allows(erase.expected, *there)) return Applied{kConflict, *there};
  // Also where there is no row that decodes: a damaged one goes too.
  auto statement = connection_.query(Query::Erase);
  if (!statement) return std::unexpected(statement.error());
  statement->bind(1, erase.repository);
  statement->bind(2, erase.key);
  if (auto done = statement->run(); !done) return std::unexpected(done.error());
  return Applied{kDone, 0};
}

Result<void> Changes::finish() {
  if (last_version_ == first_version_) return {};
  auto statement = connection_.query(Query::SetLastVersion);
  if (!statement) return std::unexpected(statement.error());
  statement->bind(1, static_cast<std::int64_t>(last_version_));
  return statement->run();
}

}  // namespace artifactapi::catalog
