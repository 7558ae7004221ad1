// SQLite's connection and statements with owners. Inside this room only; sqlite3.h stays in .cpp files.
#pragma once

#include "base/result.h"
#include "catalog/sqlite_queries.h"

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

struct sqlite3;
struct sqlite3_stmt;

namespace artifactapi::catalog {

// What outlives moves of the connection and is shared with its statements.
struct Health {
  bool damage_met = false;  // the file is damaged, or no database
};

struct CloseConnection {
  void operator()(sqlite3* connection) const;
};
struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const;
};

// One use of a prepared statement: bind, step, read columns; reset on destruction. Parameters count from 1,
// columns from 0. Views of columns are good until the next step.
class Statement {
 public:
  Statement(sqlite3* connection, sqlite3_stmt* statement, Health& health)
      : connection_(connection), statement_(statement), health_(health) {}
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  void bind(int parameter, std::string_view text);
  void bind(int parameter, std::int64_t number);
  void bind(int parameter, std::span<const std::uint8_t> bytes);

  // true: a row is there; false: done.
  [[nodiscard]] Result<bool> step();
  // For statements that give no rows.
  [[nodiscard]] Result<void> run();
  // Runs to its end; how many rows were inserted, updated or deleted.
  [[nodiscard]] Result<std::int64_t> change();

  // None when the column has another type.
  [[nodiscard]] std::optional<std::int64_t> number(int column) const;
  [[nodiscard]] std::optional<std::string_view> text(int column) const;
  [[nodiscard]] std::optional<std::span<const std::uint8_t>> bytes(int column) const;

 private:
  sqlite3* connection_;
  sqlite3_stmt* statement_;
  Health& health_;
  int bind_failure_ = 0;
};

// Used by one thread at a time.
class Connection {
 public:
  enum class Access : std::uint8_t { Write, Read };
  // Does not look into the file yet.
  [[nodiscard]] static Result<Connection> open(const std::filesystem::path& path);
  // Sets what each connection sets for itself; the first call that reads the file.
  [[nodiscard]] Result<void> configure(Access access);

  // SQL of ours without parameters.
  [[nodiscard]] Result<void> execute(const char* sql);
  // The first column of the first row.
  [[nodiscard]] Result<std::int64_t> number(const char* sql);
  [[nodiscard]] Result<std::string> text(const char* sql);

  // Prepared at its first use and kept. One use of each query at a time.
  [[nodiscard]] Result<Statement> query(Query query);
  // Runs it to its end with these parameters; how many rows were inserted, updated or deleted.
  template <class... Values>
  [[nodiscard]] Result<std::int64_t> change(Query query, const Values&... values) {
    auto statement = this->query(query);
    if (!statement) return std::unexpected(statement.error());
    int parameter = 0;
    (statement->bind(++parameter, values), ...);
    return statement->change();
  }

  [[nodiscard]] bool in_transaction() const;
  [[nodiscard]] bool found_damage() const { return health_->damage_met; }

 private:
  explicit Connection(sqlite3* connection) : health_(std::make_unique<Health>()), connection_(connection) {}
  [[nodiscard]] Result<Statement> first_row(const char* sql,
                                            std::unique_ptr<sqlite3_stmt, FinalizeStatement>& owner);

  std::unique_ptr<Health> health_;
  std::unique_ptr<sqlite3, CloseConnection> connection_;
  std::array<std::unique_ptr<sqlite3_stmt, FinalizeStatement>, kQueries> statements_;  // destroyed first
};

// Rolls back unless committed.
class Transaction {
 public:
  [[nodiscard]] static Result<Transaction> begin(Connection& connection);
  Transaction(Transaction&& other) noexcept : connection_(std::exchange(other.connection_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  [[nodiscard]] Result<void> commit() &&;

 private:
  explicit Transaction(Connection& connection) : connection_(&connection) {}
  Connection* connection_;
};

}  // namespace artifactapi::catalog
