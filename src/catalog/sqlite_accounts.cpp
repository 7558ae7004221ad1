#include "catalog/sqlite_accounts.h"

namespace artifactapi::catalog {

// A damaged row may hold any number: sums wrap around, and SQLite refuses what does not fit.
void Accounts::Sum::gain(std::int64_t size) {
  ++count;
  bytes = static_cast<std::int64_t>(static_cast<std::uint64_t>(bytes) + static_cast<std::uint64_t>(size));
}

void Accounts::Sum::lose(std::int64_t size) {
  --count;
  bytes = static_cast<std::int64_t>(static_cast<std::uint64_t>(bytes) - static_cast<std::uint64_t>(size));
}

Accounts::Sum& Accounts::of(std::string_view repository) {
  const auto known = repositories_.find(repository);
  return known != repositories_.end() ? known->second : repositories_[std::string(repository)];
}

Result<void> Accounts::add(std::string_view repository, std::span<const std::uint8_t> digest,
                           std::int64_t size) {
  of(repository).gain(size);
  auto statement = connection_.query(Query::AddBlob);
  if (!statement) return std::unexpected(statement.error());
  statement->bind(1, digest);
  statement->bind(2, size);
  const auto added = statement->change();
  if (!added) return std::unexpected(added.error());
  if (*added == 0) return refer(digest);
  blobs_.gain(size);
  return {};
}

Result<void> Accounts::refer(std::span<const std::uint8_t> digest) {
  auto statement = connection_.query(Query::ReferToBlob);
  if (!statement) return std::unexpected(statement.error());
  statement->bind(1, digest);
  return statement->run();
}

Result<void> Accounts::remove(std::string_view repository, std::span<const std::uint8_t> digest,
                              std::int64_t size) {
  of(repository).lose(size);
  auto release = connection_.query(Query::ReleaseBlob);
  if (!release) return std::unexpected(release.error());
  release->bind(1, digest);
  if (auto done = release->run(); !done) return done;
  auto removal = connection_.query(Query::RemoveBlob);
  if (!removal) return std::unexpected(removal.error());
  removal->bind(1, digest);
  const auto removed = removal->step();
  if (!removed) return std::unexpected(removed.error());
  if (*removed) blobs_.lose(removal->number(0).value_or(0));
  return {};
}

Result<void> Accounts::write() {
  for (const auto& [repository, changed] : repositories_) {
    if (auto done = write_totals(repository, changed); !done) return done;
  }
  auto statement = connection_.query(Query::AddToState);
  if (!statement) return std::unexpected(statement.error());
  statement->bind(1, blobs_.count);
  statement->bind(2, blobs_.bytes);
  return statement->run();
}

Result<void> Accounts::write_totals(const std::string& repository, const Sum& changed) {
  auto statement = connection_.query(Query::AddToTotals);
  if (!statement) return std::unexpected(statement.error());
  statement->bind(1, repository);
  statement->bind(2, changed.count);
  statement->bind(3, changed.bytes);
  if (auto done = statement->run(); !done || changed.count >= 0) return done;
  auto removal = connection_.query(Query::RemoveEmptyTotals);
  if (!removal) return std::unexpected(removal.error());
  removal->bind(1, repository);
  return removal->run();
}

}  // namespace artifactapi::catalog
