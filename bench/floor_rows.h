// What a catalog and a log cost in addition to the floor of misses (floor_miss.cpp).
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <string_view>
#include <time.h>
#include <unistd.h>
#include <vector>

namespace bench {

[[noreturn]] inline void die(const char* what) {
  std::perror(what);
  std::exit(1);
}

// The rows of what is synced at once, and a line of a log for each.
class Rows {
 public:
  explicit Rows(const std::string& directory)
      : log_(open((directory + "/log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600)) {
    if (log_ < 0) die("create the log");
    if (sqlite3_open((directory + "/catalog.db").c_str(), &database_) != SQLITE_OK) fail("open");
    run("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 4000;"
        "CREATE TABLE IF NOT EXISTS artifacts (id INTEGER PRIMARY KEY, repository TEXT, key TEXT, digest "
        "BLOB,"
        "  size INTEGER, etag TEXT, content_type TEXT, headers TEXT, stored_at INTEGER, last_access INTEGER);"
        "CREATE UNIQUE INDEX IF NOT EXISTS by_key ON artifacts (repository, key);"
        "CREATE INDEX IF NOT EXISTS by_last_access ON artifacts (last_access);"
        "CREATE TABLE IF NOT EXISTS blobs (digest BLOB PRIMARY KEY, refs INTEGER) WITHOUT ROWID");
    prepare(
        artifact_,
        "INSERT INTO artifacts VALUES (NULL, 'up', ?1, ?2, ?3, '', 'application/octet-stream', ?4, ?5, ?5)");
    prepare(blob_, "INSERT INTO blobs VALUES (?1, 1) ON CONFLICT (digest) DO UPDATE SET refs = refs + 1");
  }
  ~Rows() {
    sqlite3_finalize(artifact_);
    sqlite3_finalize(blob_);
    sqlite3_close(database_);
    close(log_);
  }
  Rows(const Rows&) = delete;
  Rows& operator=(const Rows&) = delete;

  void add(std::string_view request, std::string_view head, std::string_view digest, std::size_t size) {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    const auto seconds = std::to_string(now.tv_sec);
    const auto line = request.substr(0, request.find('\r'));
    rows_.push_back({std::string(line.substr(4, line.rfind(' ') - 4)), std::string(digest), std::string(head),
                     size, now.tv_sec});
    log_lines_.append("{\"ts\":")
        .append(seconds)
        .append(",\"level\":\"info\",\"msg\":\"request\",\"target\":\"");
    log_lines_.append(rows_.back().key)
        .append("\",\"status\":200,\"bytes\":")
        .append(std::to_string(size))
        .append("}\n");
  }

  void commit() {
    run("BEGIN");
    for (const auto& row : rows_) {
      bind(artifact_, 1, row.key);
      bind_digest(artifact_, 2, row.digest);
      sqlite3_bind_int64(artifact_, 3, static_cast<sqlite3_int64>(row.size));
      bind(artifact_, 4, row.head);
      sqlite3_bind_int64(artifact_, 5, row.stored_at);
      step(artifact_);
      bind_digest(blob_, 1, row.digest);
      step(blob_);
    }
    run("COMMIT");
    rows_.clear();
    if (write(log_, log_lines_.data(), log_lines_.size()) < 0) die("write the log");
    log_lines_.clear();
  }

 private:
  struct Row {
    std::string key;
    std::string digest;
    std::string head;
    std::size_t size;
    std::int64_t stored_at;
  };

  [[noreturn]] void fail(const char* what) {
    std::fprintf(stderr, "%s: %s\n", what, sqlite3_errmsg(database_));
    std::exit(1);
  }
  void run(const char* sql) {
    if (sqlite3_exec(database_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail(sql);
  }
  void prepare(sqlite3_stmt*& statement, const char* sql) {
    if (sqlite3_prepare_v2(database_, sql, -1, &statement, nullptr) != SQLITE_OK) fail(sql);
  }
  static void bind(sqlite3_stmt* statement, int at, std::string_view text) {
    sqlite3_bind_text(statement, at, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
  }
  static void bind_digest(sqlite3_stmt* statement, int at, std::string_view bytes) {
    sqlite3_bind_blob(statement, at, bytes.data(), static_cast<int>(bytes.size()), SQLITE_STATIC);
  }
  void step(sqlite3_stmt* statement) {
    if (sqlite3_step(statement) != SQLITE_DONE) fail("insert");
    sqlite3_reset(statement);
  }

  int log_;
  sqlite3* database_ = nullptr;
  sqlite3_stmt* artifact_ = nullptr;
  sqlite3_stmt* blob_ = nullptr;
  std::vector<Row> rows_;
  std::string log_lines_;
};

}  // namespace bench
