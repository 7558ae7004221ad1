#include "catalog/sqlite_catalog.h"

#include "base/testing/small_file_system.h"
#include "base/testing/temporary_directory.h"
#include "catalog/sqlite_open.h"
#include "catalog/sqlite_queries.h"
#include "catalog/testing/catalog_suite.h"

#include <gmock/gmock.h>
#include <sqlite3.h>

#include <algorithm>
#include <fstream>
#include <random>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace artifactapi::catalog {
namespace {

namespace fs = std::filesystem;

// Talks to the file past the catalog, as an operator's shell or a failing disk would.
class Shell {
 public:
  explicit Shell(const fs::path& path) { EXPECT_EQ(sqlite3_open(path.c_str(), &connection_), SQLITE_OK); }
  ~Shell() { sqlite3_close(connection_); }
  Shell(const Shell&) = delete;
  Shell& operator=(const Shell&) = delete;

  void run(const std::string& sql) {
    EXPECT_EQ(sqlite3_exec(connection_, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(connection_) << ": " << sql;
  }
  // The given column of each row, a line each.
  std::string column(const std::string& sql, int column) {
    sqlite3_stmt* statement = nullptr;
    EXPECT_EQ(sqlite3_prepare_v2(connection_, sql.c_str(), -1, &statement, nullptr), SQLITE_OK) << sql;
    std::string result;
    while (sqlite3_step(statement) == SQLITE_ROW) {
      result += reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
      result += '\n';
    }
    sqlite3_finalize(statement);
    return result;
  }

 private:
  sqlite3* connection_ = nullptr;
};

struct SqliteFixture {
  std::unique_ptr<Catalog> open() {
    auto opened = open_sqlite(directory.path() / "catalog.db");
    EXPECT_TRUE(opened) << opened.error().message;
    EXPECT_TRUE(opened->warnings.empty());
    return std::move(opened->catalog);
  }
  TemporaryDirectory directory;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, CatalogSuite, SqliteFixture);

class SqliteFile : public ::testing::Test {
 protected:
  std::unique_ptr<Catalog> open() {
    auto opened = open_sqlite(path_);
    EXPECT_TRUE(opened) << opened.error().message;
    warnings_ = opened->warnings;
    return std::move(opened->catalog);
  }
  static std::uint64_t put(Catalog& catalog, Row row) {
    const Change change = Put{std::move(row), {}};
    const auto answers = catalog.commit(std::span(&change, 1));
    EXPECT_TRUE(answers) << answers.error().message;
    return answers ? answers->at(0).version : 0;
  }
  void fill(int rows) {
    const auto catalog = open();
    std::vector<Change> changes;
    changes.reserve(static_cast<std::size_t>(rows));
    for (int i = 0; i < rows; ++i)
      changes.emplace_back(Put{row_of("r", fmt::format("k{:08}", i), std::to_string(i)), {}});
    ASSERT_TRUE(catalog->commit(changes));
  }

  TemporaryDirectory directory_;
  fs::path path_ = directory_.path() / "catalog.db";
  std::vector<std::string> warnings_;
};

TEST_F(SqliteFile, KeepsRowsAndVersionsOverARestart) {
  const auto before = put(*open(), row_of("r", "k"));
  const auto catalog = open();
  EXPECT_EQ((*catalog->find("r", "k"))->version, before);
  EXPECT_GT(put(*catalog, row_of("r", "k")), before);
  EXPECT_EQ(catalog->stored()->blobs, 1U);
}

TEST_F(SqliteFile, LearnsItsKeysAFewAtATime) {
  fill(5);
  const auto catalog = std::move(open_sqlite(path_, SqliteOptions{.keys_at_once = 2})->catalog);
  for (int pages = 0; pages < 2; ++pages) {
    EXPECT_TRUE(*catalog->learn_keys());
    EXPECT_TRUE(catalog->may_have("r", "unknown"));
  }
  EXPECT_FALSE(*catalog->learn_keys());
  EXPECT_FALSE(catalog->may_have("r", "unknown"));
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(catalog->may_have("r", fmt::format("k{:08}", i))) << i;
}

constexpr const char* kOldTriggers = R"(
CREATE TRIGGER artifact_added AFTER INSERT ON artifacts BEGIN
  INSERT INTO totals VALUES (new.repository, 1, new.size)
    ON CONFLICT (repository) DO UPDATE SET artifacts = artifacts + 1, bytes = bytes + excluded.bytes;
  INSERT INTO blobs VALUES (new.digest, new.size, 1) ON CONFLICT (digest) DO UPDATE SET refs = refs + 1;
END;
CREATE TRIGGER artifact_removed AFTER DELETE ON artifacts BEGIN
  UPDATE totals SET artifacts = artifacts - 1, bytes = bytes - old.size WHERE repository = old.repository;
END;
CREATE TRIGGER artifact_replaced AFTER UPDATE OF digest, size ON artifacts BEGIN
  UPDATE totals SET bytes = bytes - old.size + new.size WHERE repository = new.repository;
END;
CREATE TRIGGER blob_added AFTER INSERT ON blobs BEGIN
  UPDATE state SET blobs = blobs + 1, blob_bytes = blob_bytes + new.size;
END;
CREATE TRIGGER blob_removed AFTER DELETE ON blobs BEGIN
  UPDATE state SET blobs = blobs - 1, blob_bytes = blob_bytes - old.size;
END;
)";

TEST_F(SqliteFile, OfAnOlderProgramIsBroughtUpToDateWithItsRows) {
  put(*open(), row_of("r", "k"));
  // As the first version of the schema was.
  Shell(path_).run(std::string("ALTER TABLE artifacts DROP COLUMN stale; PRAGMA user_version = 1;") +
                   kOldTriggers);
  const auto catalog = open();
  EXPECT_TRUE(warnings_.empty());
  put(*catalog, row_of("r", "counted once", "other"));
  EXPECT_EQ(*catalog->totals(), (std::vector<Totals>{{"r", 2, 12}}));
  EXPECT_EQ(*catalog->stored(), (Stored{2, 12}));
  auto row = **catalog->find("r", "k");
  EXPECT_FALSE(row.stale);
  row.stale = true;
  put(*catalog, row);
  EXPECT_TRUE((*catalog->find("r", "k"))->stale);
}

TEST_F(SqliteFile, OfANewerProgramIsRefusedAndLeftAlone) {
  put(*open(), row_of("r", "k"));
  Shell(path_).run("PRAGMA user_version = 1000");
  const auto opened = open_sqlite(path_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::Invalid);
  EXPECT_THAT(opened.error().message, ::testing::HasSubstr("newer version"));
  EXPECT_EQ(Shell(path_).column("SELECT count(*) FROM artifacts", 0), "1\n");
}

TEST_F(SqliteFile, OfAnotherProgramIsRefusedAndLeftAlone) {
  Shell(path_).run("CREATE TABLE theirs (a)");
  const auto opened = open_sqlite(path_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::Invalid);
  EXPECT_EQ(Shell(path_).column("SELECT name FROM sqlite_schema", 0), "theirs\n");
}

TEST_F(SqliteFile, ThatIsNoDatabaseIsMovedAsideWithAWarning) {
  std::ofstream(path_) << std::string(10'000, 'x');
  const auto catalog = open();
  ASSERT_EQ(warnings_.size(), 1U);
  EXPECT_THAT(warnings_[0], ::testing::HasSubstr("catalog.db.damaged-1"));
  EXPECT_EQ(fs::file_size(directory_.path() / "catalog.db.damaged-1"), 10'000U);
  EXPECT_NE(put(*catalog, row_of("r", "k")), 0U);
}

TEST_F(SqliteFile, WithDamagedPagesIsMovedAsideAndEarlierOnesAreKept) {
  std::ofstream(directory_.path() / "catalog.db.damaged-1") << "from last year";
  fill(2000);
  std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
  for (std::streamoff page = 20; page < 60; ++page) {
    file.seekp(page * 4096);
    file << std::string(600, '\x5a');
  }
  file.close();
  const auto catalog = open();
  ASSERT_EQ(warnings_.size(), 1U);
  EXPECT_TRUE(fs::exists(directory_.path() / "catalog.db.damaged-2"));
  EXPECT_EQ(catalog->stored()->blobs, 0U);
}

TEST_F(SqliteFile, ThatIsEmptyIsANewOne) {
  std::ofstream(path_).close();
  const auto catalog = open();
  EXPECT_TRUE(warnings_.empty());
  EXPECT_NE(put(*catalog, row_of("r", "k")), 0U);
}

TEST_F(SqliteFile, InAMissingDirectoryIsAnError) {
  const auto opened = open_sqlite(directory_.path() / "missing" / "catalog.db");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::Io);
}

TEST_F(SqliteFile, LeavesItsNoteOfDamageUntilTheWholeFileWasChecked) {
  put(*open(), row_of("r", "k"));
  mark_suspect(path_);
  EXPECT_TRUE(fs::exists(path_.string() + ".suspect"));
  const auto catalog = open();
  EXPECT_FALSE(fs::exists(path_.string() + ".suspect"));
  EXPECT_TRUE((*catalog->find("r", "k")).has_value());
}

TEST_F(SqliteFile, TreatsRowsItCouldNotHaveWrittenAsAbsentAndCountsThem) {
  {
    const auto catalog = open();
    for (const auto* key : {"digest", "size", "kind", "version", "sound"})
      put(*catalog, row_of("r", key, key));
  }
  Shell(path_).run(
      "PRAGMA ignore_check_constraints = ON; UPDATE artifacts SET digest = x'00' WHERE key = 'digest';"
      "UPDATE artifacts SET size = -1 WHERE key = 'size'; UPDATE artifacts SET kind = 9 WHERE key = 'kind';"
      "UPDATE artifacts SET version = -4 WHERE key = 'version'");
  const auto catalog = open();
  EXPECT_TRUE(warnings_.empty());
  for (const auto* key : {"digest", "size", "kind", "version"}) {
    const auto found = catalog->find("r", key);
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_FALSE(found->has_value()) << key;
  }
  EXPECT_EQ(catalog->bad_rows(), 4U);
  EXPECT_EQ(catalog->list("r", std::nullopt, 2)->rows.size(), 0U);
  EXPECT_EQ(catalog->list("r", "kind", 2)->rows.size(), 1U);
  ASSERT_TRUE(catalog->blobs(std::nullopt, 10));
  ASSERT_EQ(catalog->least_recently_used(10)->size(), 1U);

  const Change again = Put{row_of("r", "digest"), Expected(0)};
  EXPECT_EQ(catalog->commit(std::span(&again, 1))->at(0).verdict, Applied::Verdict::Done);
  EXPECT_TRUE((*catalog->find("r", "digest")).has_value());
  // One that says nothing of what is there replaces it, and one that is to go goes.
  put(*catalog, row_of("r", "version", "version"));
  EXPECT_TRUE((*catalog->find("r", "version")).has_value());
  const Change gone = Erase{"r", "kind", std::nullopt};
  EXPECT_EQ(catalog->commit(std::span(&gone, 1))->at(0), (Applied{Applied::Verdict::Done, 0}));
  EXPECT_EQ(catalog->totals()->at(0).artifacts, 4U);
}

TEST_F(SqliteFile, CountsTheRowsThatNameABlobWithinOneTransaction) {
  const auto catalog = open();
  const std::vector<Change> come = {Put{row_of("r", "a", "x")}, Put{row_of("r", "b", "x")},
                                    Put{row_of("r", "c", "y")}, Put{row_of("r", "c", "x")}};
  ASSERT_TRUE(catalog->commit(come));
  const auto refs = [this] { return Shell(path_).column("SELECT refs FROM blobs", 0); };
  EXPECT_EQ(refs(), "3\n") << "nothing names the other bytes any more";
  EXPECT_EQ(catalog->stored()->blobs, 1U);
  const std::vector<Change> go = {Erase{"r", "a", std::nullopt}, Put{row_of("r", "a", "x")},
                                  Erase{"r", "b", std::nullopt}, Erase{"r", "c", std::nullopt}};
  ASSERT_TRUE(catalog->commit(go));
  EXPECT_EQ(refs(), "1\n");
}

// The sums are what a scan would count, whatever was done.
TEST_F(SqliteFile, SumsAgreeWithTheRows) {
  const auto catalog = open();
  std::mt19937 random(20261128);
  const auto any_of = [&](int n) { return std::to_string(std::uniform_int_distribution(0, n - 1)(random)); };
  for (int round = 0; round < 300; ++round) {
    std::vector<Change> changes;
    for (int i = std::stoi(any_of(5)); i >= 0; --i) {
      auto row =
          row_of("r" + any_of(3), "k" + any_of(4), std::string(std::stoul(any_of(3)), any_of(2).front()));
      if (any_of(3) == "0") {
        changes.emplace_back(Erase{row.repository, row.key, std::nullopt});
      } else {
        changes.emplace_back(Put{std::move(row), any_of(2) == "0" ? Expected(0) : std::nullopt});
      }
    }
    ASSERT_TRUE(catalog->commit(changes));
  }
  Shell shell(path_);
  const auto same = [&](const std::string& kept, const std::string& counted) {
    const auto rows = shell.column(kept, 0);
    EXPECT_EQ(rows, shell.column(counted, 0));
    return rows;
  };
  EXPECT_THAT(
      same("SELECT repository || ' ' || artifacts || ' ' || bytes FROM totals ORDER BY repository",
           "SELECT repository || ' ' || count(*) || ' ' || sum(size) FROM artifacts GROUP BY repository"),
      ::testing::HasSubstr("r1 "));
  EXPECT_THAT(
      same("SELECT hex(digest) || ' ' || size || ' ' || refs FROM blobs ORDER BY digest",
           "SELECT hex(digest) || ' ' || min(size) || ' ' || count(*) FROM artifacts GROUP BY digest"),
      ::testing::Not(::testing::IsEmpty()));
  same("SELECT blobs || ' ' || blob_bytes FROM state", "SELECT count(*) || ' ' || sum(size) FROM blobs");
  for (int i = 0; i < 3; ++i) {
    for (int k = 0; k < 4; ++k) {
      const Change erase = Erase{"r" + std::to_string(i), "k" + std::to_string(k), std::nullopt};
      ASSERT_TRUE(catalog->commit(std::span(&erase, 1)));
    }
  }
  EXPECT_TRUE(catalog->totals()->empty());
  EXPECT_EQ(*catalog->stored(), (Stored{0, 0}));
}

TEST_F(SqliteFile, AnswersEveryQueryFromAnIndex) {
  (void)open();
  Shell shell(path_);
  for (std::size_t i = 0; i < kQueries; ++i) {
    const auto query = static_cast<Query>(i);
    const auto plan = shell.column(std::string("EXPLAIN QUERY PLAN ") + sql_of(query), 3);
    EXPECT_THAT(plan, ::testing::Not(::testing::HasSubstr("USE TEMP B-TREE"))) << sql_of(query);
    // Two tables are read whole: the one row of state, and the repositories in their order.
    if (query == Query::Totals || query == Query::Stored || query == Query::LastVersion ||
        query == Query::SetLastVersion || query == Query::AddToState) {
      continue;
    }
    if (query == Query::LeastRecentlyUsed) {
      EXPECT_EQ(plan, "SCAN artifacts USING INDEX artifacts_by_last_access\n");
      continue;
    }
    EXPECT_THAT(plan, ::testing::Not(::testing::HasSubstr("SCAN"))) << sql_of(query);
  }
}

TEST_F(SqliteFile, SaysNoSpaceOnAFullDiskAndGoesOnWhenThereIsRoom) {
  const SmallFileSystem disk("size=4m");
  if (!disk.is_mounted())
    GTEST_SKIP() << "mounting a small file system needs root: the full disk is NOT tested";
  path_ = disk.path() / "catalog.db";
  const auto catalog = open();
  put(*catalog, row_of("r", "before"));
  std::ofstream ballast(disk.path() / "ballast");
  ballast << std::string(std::size_t{8} << 20, 'x') << std::flush;

  std::vector<Change> many;
  for (int i = 0; i < 2000; ++i) many.emplace_back(Put{row_of("r", std::to_string(i)), {}});
  const auto refused = catalog->commit(many);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::NoSpace);
  EXPECT_TRUE((*catalog->find("r", "before")).has_value());
  EXPECT_FALSE((*catalog->find("r", "1")).has_value());

  fs::resize_file(disk.path() / "ballast", 0);
  EXPECT_NE(put(*catalog, row_of("r", "after")), 0U);
}

// Each transaction writes a pair. Whenever the process is killed, all pairs are whole and everything
// acknowledged is there: a killed process loses nothing (only a power cut may).
TEST_F(SqliteFile, SurvivesBeingKilledWhileItWrites) {
  for (int round = 0; round < 3; ++round) {
    int acknowledged[2];
    ASSERT_EQ(::pipe(acknowledged), 0);
    const auto child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      auto catalog = std::move(open_sqlite(path_)->catalog);
      for (int i = 0;; ++i) {
        const std::vector<Change> pair = {Put{row_of("a", std::to_string(i)), {}},
                                          Put{row_of("b", std::to_string(i)), {}}};
        if (!catalog->commit(pair) || ::write(acknowledged[1], &i, sizeof i) != sizeof i) ::_exit(1);
      }
    }
    int last = -1;
    while (last < 30 * (round + 1))
      ASSERT_EQ(::read(acknowledged[0], &last, sizeof last), static_cast<ssize_t>(sizeof last));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    ::close(acknowledged[0]);
    ::close(acknowledged[1]);

    const auto catalog = open();
    EXPECT_TRUE(warnings_.empty());
    for (int i = 0; i <= last; ++i) ASSERT_TRUE((*catalog->find("a", std::to_string(i))).has_value()) << i;
    const auto totals = *catalog->totals();
    ASSERT_EQ(totals.size(), 2U);
    EXPECT_EQ(totals[0].artifacts, totals[1].artifacts);
  }
}

}  // namespace
}  // namespace artifactapi::catalog
