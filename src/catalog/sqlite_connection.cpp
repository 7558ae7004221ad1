#include "catalog/sqlite_connection.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <cerrno>

namespace artifactapi::catalog {
namespace {

// Only our own process writes; a reader may still meet the writer's checkpoint, and an operator's sqlite3
// shell.
constexpr int kBusyMilliseconds = 5000;

Error failure(sqlite3* connection, int code, Health& health) {
  const int primary = code & 0xff;
  if (primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB) health.damage_met = true;
  const int system = connection != nullptr ? sqlite3_system_errno(connection) : 0;
  // The shared-memory file fails as an I/O error when the disk is full; only errno tells.
  const bool disk_full = system == ENOSPC || system == EDQUOT;
  const bool full =
      primary == SQLITE_FULL || ((primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN) && disk_full);
  const char* text = connection != nullptr ? sqlite3_errmsg(connection) : sqlite3_errstr(code);
  return {full ? Code::NoSpace : Code::Io, fmt::format("catalog: {} (SQLite {})", text, code)};
}

// SQLite's own sums of the memory it uses, which nobody asks for, cost a lock at each allocation. They can be
// given up before its first use in a process only; later this does nothing.
void count_no_memory() {
  [[maybe_unused]] static const int kDone = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

}  // namespace

void CloseConnection::operator()(sqlite3* connection) const {
  sqlite3_close(connection);
}
void FinalizeStatement::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

Statement::Statement(Statement&& other) noexcept
    : connection_(other.connection_),
      statement_(std::exchange(other.statement_, nullptr)),
      health_(other.health_),
      bind_failure_(other.bind_failure_) {}

Statement::~Statement() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

// Bound bytes are not copied: they must live until the statement ends, which the callers' arguments do.
void Statement::bind(int parameter, std::string_view text) {
  const char* begin = text.data() != nullptr ? text.data() : "";
  const int code = sqlite3_bind_text64(statement_, parameter, begin, text.size(), SQLITE_STATIC, SQLITE_UTF8);
  if (code != SQLITE_OK) bind_failure_ = code;
}

void Statement::bind(int parameter, std::int64_t number) {
  const int code = sqlite3_bind_int64(statement_, parameter, number);
  if (code != SQLITE_OK) bind_failure_ = code;
}

void Statement::bind(int parameter, std::span<const std::uint8_t> bytes) {
  const void* begin = bytes.data() != nullptr ? static_cast<const void*>(bytes.data()) : "";
  const int code = sqlite3_bind_blob64(statement_, parameter, begin, bytes.size(), SQLITE_STATIC);
  if (code != SQLITE_OK) bind_failure_ = code;
}

Result<bool> Statement::step() {
  const int code = bind_failure_ != 0 ? bind_failure_ : sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return std::unexpected(failure(connection_, code, health_));
}

Result<void> Statement::run() {
  const auto more = step();
  if (!more) return std::unexpected(more.error());
  return {};
}

Result<std::int64_t> Statement::change() {
  const auto more = step();
  if (!more) return std::unexpected(more.error());
  return sqlite3_changes64(connection_);
}

std::optional<std::int64_t> Statement::number(int column) const {
  if (sqlite3_column_type(statement_, column) != SQLITE_INTEGER) return std::nullopt;
  return sqlite3_column_int64(statement_, column);
}

std::optional<std::string_view> Statement::text(int column) const {
  if (sqlite3_column_type(statement_, column) != SQLITE_TEXT) return std::nullopt;
  const auto* begin = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  if (begin == nullptr) return std::nullopt;
  return std::string_view(begin, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)));
}

std::optional<std::span<const std::uint8_t>> Statement::bytes(int column) const {
  if (sqlite3_column_type(statement_, column) != SQLITE_BLOB) return std::nullopt;
  const auto* begin = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_, column));
  return std::span(begin, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)));
}

Result<Connection> Connection::open(const std::filesystem::path& path) {
  count_no_memory();
  // Our own locks see to it that one thread at a time uses a connection.
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
  Connection connection(raw);
  if (code != SQLITE_OK) return std::unexpected(failure(raw, code, *connection.health_));
  sqlite3_extended_result_codes(raw, 1);
  sqlite3_busy_timeout(raw, kBusyMilliseconds);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  return connection;
}

Result<void> Connection::configure(Access access) {
  constexpr const char* kEvery = "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;";
  if (auto done = execute(kEvery); !done) return done;
  switch (access) {
    case Access::Read: return execute("PRAGMA query_only = ON; PRAGMA cache_size = -2048");
    case Access::Write:
      // NORMAL: with a WAL a power cut may take the last commits, but whole, and never damages the file. That
      // is what we promise (a lost row is fetched again), and it spares an fsync for each commit. flush() is
      // for the rest. A checkpoint each 16 MiB, not 4, rewrites the index pages of scattered digests less
      // often.
      return execute(
          "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -8192;"
          "PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = 67108864;"
          "PRAGMA wal_autocheckpoint = 4000");
  }
  std::unreachable();
}

Result<void> Connection::execute(const char* sql) {
  const int code = sqlite3_exec(connection_.get(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return std::unexpected(failure(connection_.get(), code, *health_));
  return {};
}

Result<Statement> Connection::first_row(const char* sql,
                                        std::unique_ptr<sqlite3_stmt, FinalizeStatement>& owner) {
  sqlite3_stmt* raw = nullptr;
  const int code = sqlite3_prepare_v2(connection_.get(), sql, -1, &raw, nullptr);
  if (code != SQLITE_OK) return std::unexpected(failure(connection_.get(), code, *health_));
  owner.reset(raw);
  Statement statement(connection_.get(), raw, *health_);
  const auto row = statement.step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return fail(Code::Io, "catalog: a row is missing");
  return statement;
}

Result<std::int64_t> Connection::number(const char* sql) {
  std::unique_ptr<sqlite3_stmt, FinalizeStatement> owner;
  const auto statement = first_row(sql, owner);
  if (!statement) return std::unexpected(statement.error());
  return statement->number(0).value_or(0);
}

Result<std::string> Connection::text(const char* sql) {
  std::unique_ptr<sqlite3_stmt, FinalizeStatement> owner;
  const auto statement = first_row(sql, owner);
  if (!statement) return std::unexpected(statement.error());
  return std::string(statement->text(0).value_or(""));
}

Result<Statement> Connection::query(Query query) {
  auto& kept = statements_[static_cast<std::size_t>(query)];
  if (!kept) {
    sqlite3_stmt* raw = nullptr;
    const int code =
        sqlite3_prepare_v3(connection_.get(), sql_of(query), -1, SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
    if (code != SQLITE_OK) return std::unexpected(failure(connection_.get(), code, *health_));
    kept.reset(raw);
  }
  return Statement(connection_.get(), kept.get(), *health_);
}

bool Connection::in_transaction() const {
  return sqlite3_get_autocommit(connection_.get()) == 0;
}

namespace {

Result<void> run(Connection& connection, Query query) {
  auto statement = connection.query(query);
  if (!statement) return std::unexpected(statement.error());
  return statement->run();
}

}  // namespace

Result<Transaction> Transaction::begin(Connection& connection) {
  auto begun = run(connection, Query::Begin);
  if (!begun) return std::unexpected(begun.error());
  return Transaction(connection);
}

Transaction::~Transaction() {
  // After some failures SQLite has rolled back by itself.
  if (connection_ != nullptr && connection_->in_transaction()) (void)connection_->execute("ROLLBACK");
}

Result<void> Transaction::commit() && {
  auto done = run(*connection_, Query::Commit);
  if (!done) return done;
  connection_ = nullptr;
  return {};
}

}  // namespace artifactapi::catalog
