#include "catalog/sqlite_accounts.h"

namespace artifactapi::catalog {
namespace {

Result<void> only_error(const Result<std::int64_t>& changed) {
  if (!changed) return std::unexpected(changed.error());
  return {};
}

}  // namespace

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
  const auto added = connection_.change(Query::AddBlob, digest, size);
  if (!added) return std::unexpected(added.error());
  if (*added == 0) return only_error(connection_.change(Query::ReferToBlob, digest));
  blobs_.gain(size);
  return {};
}

Result<void> Accounts::remove(std::string_view repository, std::span<const std::uint8_t> digest,
                              std::int64_t size) {
  of(repository).lose(size);
  const auto released = connection_.change(Query::ReleaseBlob, digest);
  if (!released) return std::unexpected(released.error());
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
  if (blobs_ == Sum()) return {};
  return only_error(connection_.change(Query::AddToState, blobs_.count, blobs_.bytes));
}

Result<void> Accounts::write_totals(const std::string& repository, const Sum& changed) {
  if (changed == Sum()) return {};
  const auto added = connection_.change(Query::AddToTotals, repository, changed.count, changed.bytes);
  if (!added || changed.count >= 0) return only_error(added);
  return only_error(connection_.change(Query::RemoveEmptyTotals, repository));
}

}  // namespace artifactapi::catalog
