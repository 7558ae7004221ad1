#include "catalog/sqlite_accounts.h"

#include <algorithm>

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

void Accounts::add(std::string_view repository, const Digest& digest, std::int64_t size) {
  of(repository).gain(size);
  references_.push_back({.digest = digest, .added = 1, .size = size});
}

void Accounts::remove(std::string_view repository, std::span<const std::uint8_t> digest, std::int64_t size) {
  of(repository).lose(size);
  Digest::Bytes bytes{};
  if (digest.size() != bytes.size()) return;
  std::ranges::copy(digest, bytes.begin());
  references_.push_back({.digest = Digest(bytes), .added = -1, .size = 0});
}

Result<void> Accounts::write() {
  if (auto done = write_references(); !done) return done;
  for (const auto& [repository, changed] : repositories_) {
    if (auto done = write_totals(repository, changed); !done) return done;
  }
  if (blobs_ == Sum()) return {};
  return only_error(connection_.change(Query::AddToState, blobs_.count, blobs_.bytes));
}

// In order of the digests, which is that of the table.
Result<void> Accounts::write_references() {
  std::ranges::sort(references_, {}, &References::digest);
  for (auto next = references_.cbegin(); next != references_.cend();) {
    References changed = *next;
    for (++next; next != references_.cend() && next->digest == changed.digest; ++next) {
      changed.added += next->added;
      changed.size = std::max(changed.size, next->size);
    }
    if (changed.added == 0) continue;
    if (auto done = write_references(changed); !done) return done;
  }
  return {};
}

Result<void> Accounts::write_references(const References& changed) {
  const auto& digest = changed.digest.bytes();
  if (changed.added > 0) {
    const auto added = connection_.change(Query::AddBlob, digest, changed.size, changed.added);
    if (!added) return std::unexpected(added.error());
    if (*added == 0) return only_error(connection_.change(Query::ReferToBlob, digest, changed.added));
    blobs_.gain(changed.size);
    return {};
  }
  const auto released = connection_.change(Query::ReferToBlob, digest, changed.added);
  if (!released) return std::unexpected(released.error());
  auto removal = connection_.query(Query::RemoveBlob);
  if (!removal) return std::unexpected(removal.error());
  removal->bind(1, digest);
  const auto removed = removal->step();
  if (!removed) return std::unexpected(removed.error());
  if (*removed) blobs_.lose(removal->number(0).value_or(0));
  return {};
}

Result<void> Accounts::write_totals(const std::string& repository, const Sum& changed) {
  if (changed == Sum()) return {};
  const auto added = connection_.change(Query::AddToTotals, repository, changed.count, changed.bytes);
  if (!added || changed.count >= 0) return only_error(added);
  return only_error(connection_.change(Query::RemoveEmptyTotals, repository));
}

}  // namespace artifactapi::catalog
