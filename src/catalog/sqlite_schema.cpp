#include "catalog/sqlite_schema.h"

#include <fmt/format.h>

#include <array>

namespace artifactapi::catalog {
namespace {

// Steps are only ever added at the end: a released step never changes.
//
// artifacts: key -> digest. blobs: digest -> size, with the number of rows that refer to it. totals and state
// hold what would otherwise be counted by scans (sqlite_accounts.h; triggers did before the third step). The
// state row is one: the last version given out, and the sum over blobs.
constexpr std::array kSteps = {
    R"(
CREATE TABLE artifacts (
  id INTEGER PRIMARY KEY,
  repository TEXT NOT NULL,
  key TEXT NOT NULL,
  digest BLOB NOT NULL CHECK (length(digest) = 32),
  size INTEGER NOT NULL CHECK (size >= 0),
  kind INTEGER NOT NULL CHECK (kind IN (0, 1)),
  builtin INTEGER NOT NULL CHECK (builtin IN (0, 1)),
  etag TEXT NOT NULL,
  upstream_etag TEXT NOT NULL,
  last_modified TEXT NOT NULL,
  content_type TEXT NOT NULL,
  headers TEXT NOT NULL,
  requested_at INTEGER NOT NULL,
  stored_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  last_access INTEGER NOT NULL,
  version INTEGER NOT NULL CHECK (version > 0)
) STRICT;
CREATE UNIQUE INDEX artifacts_by_key ON artifacts (repository, key);
CREATE INDEX artifacts_by_last_access ON artifacts (last_access);

CREATE TABLE blobs (
  digest BLOB NOT NULL PRIMARY KEY,
  size INTEGER NOT NULL,
  refs INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE totals (
  repository TEXT NOT NULL PRIMARY KEY,
  artifacts INTEGER NOT NULL,
  bytes INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE state (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  last_version INTEGER NOT NULL,
  blobs INTEGER NOT NULL,
  blob_bytes INTEGER NOT NULL
) STRICT;
INSERT INTO state VALUES (1, 0, 0, 0);

CREATE TRIGGER artifact_added AFTER INSERT ON artifacts BEGIN
  INSERT INTO totals VALUES (new.repository, 1, new.size)
    ON CONFLICT (repository) DO UPDATE SET artifacts = artifacts + 1, bytes = bytes + excluded.bytes;
  INSERT INTO blobs VALUES (new.digest, new.size, 1) ON CONFLICT (digest) DO UPDATE SET refs = refs + 1;
END;
CREATE TRIGGER artifact_removed AFTER DELETE ON artifacts BEGIN
  UPDATE totals SET artifacts = artifacts - 1, bytes = bytes - old.size WHERE repository = old.repository;
  DELETE FROM totals WHERE repository = old.repository AND artifacts <= 0;
  UPDATE blobs SET refs = refs - 1 WHERE digest = old.digest;
  DELETE FROM blobs WHERE digest = old.digest AND refs <= 0;
END;
CREATE TRIGGER artifact_replaced AFTER UPDATE OF digest, size ON artifacts
WHEN old.digest <> new.digest OR old.size <> new.size BEGIN
  UPDATE totals SET bytes = bytes - old.size + new.size WHERE repository = new.repository;
  UPDATE blobs SET refs = refs - 1 WHERE digest = old.digest;
  DELETE FROM blobs WHERE digest = old.digest AND refs <= 0;
  INSERT INTO blobs VALUES (new.digest, new.size, 1) ON CONFLICT (digest) DO UPDATE SET refs = refs + 1;
END;
CREATE TRIGGER blob_added AFTER INSERT ON blobs BEGIN
  UPDATE state SET blobs = blobs + 1, blob_bytes = blob_bytes + new.size;
END;
CREATE TRIGGER blob_removed AFTER DELETE ON blobs BEGIN
  UPDATE state SET blobs = blobs - 1, blob_bytes = blob_bytes - old.size;
END;
)",
    R"(
ALTER TABLE artifacts ADD COLUMN stale INTEGER NOT NULL DEFAULT 0 CHECK (stale IN (0, 1));
)",
    R"(
DROP TRIGGER artifact_added;
DROP TRIGGER artifact_removed;
DROP TRIGGER artifact_replaced;
DROP TRIGGER blob_added;
DROP TRIGGER blob_removed;
)"};

Result<void> run_step(Connection& connection, std::size_t step) {
  auto transaction = Transaction::begin(connection);
  if (!transaction) return std::unexpected(transaction.error());
  if (auto done = connection.execute(kSteps[step]); !done) return done;
  const auto set_version = fmt::format("PRAGMA user_version = {}", step + 1);
  if (auto done = connection.execute(set_version.c_str()); !done) return done;
  return std::move(*transaction).commit();
}

}  // namespace

std::int64_t schema_version() {
  return static_cast<std::int64_t>(kSteps.size());
}

Result<void> migrate(Connection& connection) {
  const auto version = connection.number("PRAGMA user_version");
  if (!version) return std::unexpected(version.error());
  if (*version > schema_version() || *version < 0) {
    return fail(
        Code::Invalid,
        fmt::format("the catalog was written by a newer version of artifactapi (its schema is {}, this "
                    "program knows {}): use that version, or another data directory",
                    *version, schema_version()));
  }
  if (*version == 0) {
    const auto tables = connection.number("SELECT count(*) FROM sqlite_schema");
    if (!tables) return std::unexpected(tables.error());
    if (*tables != 0) return fail(Code::Invalid, "the catalog file is a database of another program");
  }
  for (auto step = static_cast<std::size_t>(*version); step < kSteps.size(); ++step) {
    if (auto done = run_step(connection, step); !done) return done;
  }
  return {};
}

}  // namespace artifactapi::catalog
