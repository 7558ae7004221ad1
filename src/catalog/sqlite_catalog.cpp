#include "catalog/sqlite_catalog.h"

#include "catalog/key_filter.h"
#include "catalog/sqlite_changes.h"
#include "catalog/sqlite_connection.h"
#include "catalog/sqlite_open.h"
#include "catalog/sqlite_readers.h"
#include "catalog/sqlite_rows.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <utility>

namespace artifactapi::catalog {
namespace {

constexpr std::size_t kMaxPage = 10'000;

std::int64_t page_limit(std::size_t limit) {
  return static_cast<std::int64_t>(std::clamp(limit, std::size_t{1}, kMaxPage));
}

std::uint64_t count(const Statement& statement, int column) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, statement.number(column).value_or(0)));
}

// Readers see the last commit and never wait for the writer (WAL); one writer at a time.
class SqliteCatalog final : public Catalog {
 public:
  SqliteCatalog(std::filesystem::path path, Connection writer, const SqliteOptions& options)
      : path_(std::move(path)),
        options_(options),
        writer_(std::move(writer)),
        readers_(path_, std::max<std::size_t>(1, options.readers)) {}

  Result<std::optional<Row>> find(std::string_view repository, std::string_view key) override {
    return read([&](Connection& connection) {
      return find_row(connection, repository, key, [this] { count_bad(); });
    });
  }

  bool may_have(std::string_view repository, std::string_view key) const noexcept override {
    return !knows_all_keys_.load(std::memory_order_acquire) || keys_.may_have(repository, key);
  }

  Result<bool> learn_keys() override {
    const std::lock_guard lock(learning_);
    if (knows_all_keys_.load(std::memory_order_relaxed)) return false;
    return read([&](Connection& connection) { return learn_more(connection); });
  }

  Result<std::vector<Applied>> commit(std::span<const Change> changes) override {
    if (changes.empty()) return std::vector<Applied>{};
    // Before anybody can find the row.
    for (const auto& change : changes) {
      if (const auto* put = std::get_if<Put>(&change)) keys_.add(put->row->repository, put->row->key);
    }
    const std::lock_guard lock(writing_);
    return watched(writer_, apply(changes));
  }

  Result<void> flush() override {
    const std::lock_guard lock(writing_);
    return watched(writer_, sync_log());
  }

  Result<Page> list(std::string_view repository, std::optional<std::string_view> cursor,
                    std::size_t limit) override {
    return read(
        [&](Connection& connection) { return page(connection, repository, cursor, page_limit(limit)); });
  }

  Result<std::vector<Totals>> totals() override {
    return collect<Totals>(
        Query::Totals, [](Statement&) {},
        [](const Statement& row) -> std::optional<Totals> {
          return Totals{std::string(row.text(0).value_or("")), count(row, 1), count(row, 2)};
        });
  }

  Result<Stored> stored() override {
    auto rows = collect<Stored>(
        Query::Stored, [](Statement&) {},
        [](const Statement& row) -> std::optional<Stored> { return Stored{count(row, 0), count(row, 1)}; });
    if (!rows) return std::unexpected(rows.error());
    return rows->empty() ? Stored{} : rows->front();
  }

  Result<std::vector<Row>> least_recently_used(std::size_t limit) override {
    return collect<Row>(
        Query::LeastRecentlyUsed, [&](Statement& statement) { statement.bind(1, page_limit(limit)); },
        read_row);
  }

  Result<bool> refers_to(const Digest& digest) override {
    auto rows = collect<bool>(
        Query::RefersTo, [&](Statement& statement) { statement.bind(1, std::span(digest.bytes())); },
        [](const Statement&) -> std::optional<bool> { return true; });
    if (!rows) return std::unexpected(rows.error());
    return !rows->empty();
  }

  Result<std::vector<BlobSize>> blobs(const std::optional<Digest>& after, std::size_t limit) override {
    auto bind = [&](Statement& statement) {
      // No digest is shorter than 32 bytes: the empty one comes before all.
      statement.bind(1, after ? std::span(after->bytes()) : std::span<const std::uint8_t>());
      statement.bind(2, page_limit(limit));
    };
    return collect<BlobSize>(Query::Blobs, bind, [](const Statement& row) -> std::optional<BlobSize> {
      const auto digest = read_digest(row, 0);
      if (!digest) return std::nullopt;
      return BlobSize{*digest, count(row, 1)};
    });
  }

  std::uint64_t bad_rows() const override { return bad_rows_.load(std::memory_order_relaxed); }

 private:
  void count_bad() { bad_rows_.fetch_add(1, std::memory_order_relaxed); }

  // The next start checks the whole file when damage was met in it.
  template <class T>
  Result<T> watched(const Connection& connection, Result<T> result) {
    if (!result && connection.found_damage() && !suspect_.exchange(true)) mark_suspect(path_);
    return result;
  }

  template <class Work>
  auto read(const Work& work) -> decltype(work(std::declval<Connection&>())) {
    const auto lease = readers_.take();
    if (!lease) return std::unexpected(lease.error());
    return watched(**lease, work(**lease));
  }

  template <class T, class Bind, class Decode>
  Result<std::vector<T>> collect(Query query, const Bind& bind, const Decode& decode) {
    return read([&](Connection& connection) { return rows_of<T>(connection, query, bind, decode); });
  }

  template <class T, class Bind, class Decode>
  Result<std::vector<T>> rows_of(Connection& connection, Query query, const Bind& bind,
                                 const Decode& decode) {
    auto statement = connection.query(query);
    if (!statement) return std::unexpected(statement.error());
    bind(*statement);
    std::vector<T> rows;
    while (true) {
      const auto more = statement->step();
      if (!more) return std::unexpected(more.error());
      if (!*more) return rows;
      if (std::optional<T> row = decode(*statement)) {
        rows.push_back(std::move(*row));
      } else {
        count_bad();
      }
    }
  }

  Result<Page> page(Connection& connection, std::string_view repository,
                    std::optional<std::string_view> cursor, std::int64_t limit) {
    auto statement = connection.query(Query::List);
    if (!statement) return std::unexpected(statement.error());
    statement->bind(1, repository);
    statement->bind(2, cursor.value_or(""));
    statement->bind(3, std::int64_t{cursor.has_value()});
    statement->bind(4, limit + 1);  // one more tells whether there is a next page
    Page page;
    std::string last;
    for (std::int64_t seen = 0;; ++seen) {
      const auto more = statement->step();
      if (!more) return std::unexpected(more.error());
      if (!*more) return page;
      if (seen == limit) {
        page.next = std::move(last);
        return page;
      }
      last = statement->text(1).value_or("");
      if (auto row = read_row(*statement)) {
        page.rows.push_back(std::move(*row));
      } else {
        count_bad();
      }
    }
  }

  // Rows that come meanwhile are added by their commit, wherever the reading is.
  Result<bool> learn_more(Connection& connection) {
    auto statement = connection.query(Query::Keys);
    if (!statement) return std::unexpected(statement.error());
    statement->bind(1, learned_repository_);
    statement->bind(2, learned_key_);
    statement->bind(3, static_cast<std::int64_t>(options_.keys_at_once));
    std::string repository;
    std::string key;
    for (std::size_t seen = 0; seen < options_.keys_at_once; ++seen) {
      const auto more = statement->step();
      if (!more) return std::unexpected(more.error());
      if (!*more) {
        knows_all_keys_.store(true, std::memory_order_release);
        return false;
      }
      const auto of_row = std::pair(statement->text(0), statement->text(1));
      if (!of_row.first || !of_row.second) return fail(Code::Io, "catalog: a row without a key");
      repository = *of_row.first;
      key = *of_row.second;
      keys_.add(repository, key);
    }
    learned_repository_ = std::move(repository);
    learned_key_ = std::move(key);
    return true;
  }

  Result<std::vector<Applied>> apply(std::span<const Change> changes) {
    auto transaction = Transaction::begin(writer_);
    if (!transaction) return std::unexpected(transaction.error());
    auto apply_one = Changes::start(writer_, [this] { count_bad(); });
    if (!apply_one) return std::unexpected(apply_one.error());
    std::vector<Applied> answers;
    answers.reserve(changes.size());
    for (const auto& change : changes) {
      const auto applied = std::visit(*apply_one, change);
      if (!applied) return std::unexpected(applied.error());
      answers.push_back(*applied);
    }
    if (auto done = apply_one->finish(); !done) return std::unexpected(done.error());
    if (auto done = std::move(*transaction).commit(); !done) return std::unexpected(done.error());
    return answers;
  }

  // A commit in FULL mode syncs the log, with all commits before it.
  Result<void> sync_log() {
    if (auto done = writer_.execute("PRAGMA synchronous = FULL"); !done) return done;
    auto synced = write_something();
    auto back = writer_.execute("PRAGMA synchronous = NORMAL");
    return synced ? back : synced;
  }

  Result<void> write_something() {
    auto transaction = Transaction::begin(writer_);
    if (!transaction) return std::unexpected(transaction.error());
    if (auto done = writer_.execute("UPDATE state SET last_version = last_version + 1"); !done) return done;
    return std::move(*transaction).commit();
  }

  const std::filesystem::path path_;
  const SqliteOptions options_;
  std::mutex writing_;
  Connection writer_;  // guarded by writing_; closed last, which folds the log into the file
  Readers readers_;
  KeyFilter keys_;
  std::atomic<bool> knows_all_keys_{false};
  std::mutex learning_;
  std::string learned_repository_;  // where learning goes on; guarded by learning_
  std::string learned_key_;
  std::atomic<std::uint64_t> bad_rows_{0};
  std::atomic<bool> suspect_{false};
};

}  // namespace

Result<Opened> open_sqlite(const std::filesystem::path& path, const SqliteOptions& options) {
  auto writer = open_writer(path);
  if (!writer) return std::unexpected(writer.error());
  return Opened{std::make_unique<SqliteCatalog>(path, std::move(writer->connection), options),
                std::move(writer->warnings)};
}

}  // namespace artifactapi::catalog
