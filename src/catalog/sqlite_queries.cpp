#include "catalog/sqlite_queries.h"

#include <utility>

// In the order of sqlite_rows.cpp.
#define COLUMNS                                                                                      \
  "repository, key, digest, size, kind, builtin, etag, upstream_etag, last_modified, content_type, " \
  "headers, requested_at, stored_at, expires_at, last_access, version, stale"

namespace artifactapi::catalog {

const char* sql_of(Query query) {
  switch (query) {
    case Query::Begin: return "BEGIN IMMEDIATE";
    case Query::Commit: return "COMMIT";
    case Query::Find: return "SELECT " COLUMNS " FROM artifacts WHERE repository = ?1 AND key = ?2";
    case Query::Keys:
      // Out of the index alone.
      return "SELECT repository, key FROM artifacts WHERE (repository, key) > (?1, ?2) "
             "ORDER BY repository, key LIMIT ?3";
    case Query::List:
      // The empty key comes first of all, so "not before" with a flag covers both the start and a cursor.
      return "SELECT " COLUMNS
             " FROM artifacts WHERE repository = ?1 AND key >= ?2 AND NOT (?3 AND key = ?2) ORDER BY key "
             "LIMIT ?4";
    case Query::Totals: return "SELECT repository, artifacts, bytes FROM totals ORDER BY repository";
    case Query::Stored: return "SELECT blobs, blob_bytes FROM state";
    case Query::LeastRecentlyUsed:
      return "SELECT " COLUMNS " FROM artifacts ORDER BY last_access, id LIMIT ?1";
    case Query::RefersTo: return "SELECT 1 FROM blobs WHERE digest = ?1";
    case Query::Blobs: return "SELECT digest, size FROM blobs WHERE digest > ?1 ORDER BY digest LIMIT ?2";
    case Query::LastVersion: return "SELECT last_version FROM state";
    case Query::Insert:
      // Ignored: a row of that key is there, or a constraint is broken. An abort would have SQLite keep a
      // copy of each page that the statement changes.
      return "INSERT OR IGNORE INTO artifacts (" COLUMNS
             ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)";
    case Query::Replace:
      return "UPDATE artifacts SET digest = ?3, size = ?4, kind = ?5, builtin = ?6, etag = ?7, "
             "upstream_etag = ?8, last_modified = ?9, content_type = ?10, headers = ?11, requested_at = ?12, "
             "stored_at = ?13, expires_at = ?14, last_access = ?15, version = ?16, stale = ?17 "
             "WHERE repository = ?1 AND key = ?2";
    case Query::Renew:
      // What was not given is bound as NULL.
      return "UPDATE artifacts SET expires_at = ?3, version = ?4, requested_at = ifnull(?5, requested_at), "
             "upstream_etag = ifnull(?6, upstream_etag), last_modified = ifnull(?7, last_modified), "
             "headers = ifnull(?8, headers), stale = ?9 WHERE repository = ?1 AND key = ?2";
    case Query::Touch:
      return "UPDATE artifacts SET last_access = ?3 WHERE repository = ?1 AND key = ?2 AND last_access < ?3";
    case Query::Erase: return "DELETE FROM artifacts WHERE repository = ?1 AND key = ?2";
    case Query::SetLastVersion: return "UPDATE state SET last_version = ?1";
    case Query::AddBlob: return "INSERT OR IGNORE INTO blobs VALUES (?1, ?2, ?3)";
    case Query::ReferToBlob: return "UPDATE blobs SET refs = refs + ?2 WHERE digest = ?1";
    case Query::RemoveBlob: return "DELETE FROM blobs WHERE digest = ?1 AND refs <= 0 RETURNING size";
    case Query::AddToTotals:
      return "INSERT INTO totals VALUES (?1, ?2, ?3) ON CONFLICT (repository) DO UPDATE SET "
             "artifacts = artifacts + excluded.artifacts, bytes = bytes + excluded.bytes";
    case Query::RemoveEmptyTotals: return "DELETE FROM totals WHERE repository = ?1 AND artifacts <= 0";
    case Query::AddToState: return "UPDATE state SET blobs = blobs + ?1, blob_bytes = blob_bytes + ?2";
  }
  std::unreachable();
}

}  // namespace artifactapi::catalog
