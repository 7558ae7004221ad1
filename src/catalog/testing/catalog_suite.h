// What every catalog must do. A back end instantiates it with a type that has `std::unique_ptr<Catalog>
// open()`, which gives an empty catalog:
//
//   INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, CatalogSuite, SqliteFixture);
#pragma once

#include "base/digest.h"
#include "catalog/catalog.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace artifactapi::catalog {

inline Time at(std::int64_t milliseconds) {
  return Time(Milliseconds(milliseconds));
}

inline Row row_of(std::string repository, std::string key, std::string_view content = "content") {
  Row row;
  row.repository = std::move(repository);
  row.key = std::move(key);
  row.digest = Sha256::of(content);
  row.size = content.size();
  row.kind = Kind::Mutable;
  row.builtin = true;
  row.etag = "\"e\"";
  row.upstream_etag = "W/\"u\"";
  row.last_modified = "Thu, 01 Jan 1970 00:00:00 GMT";
  row.content_type = "text/plain";
  row.headers = "X-One: 1\r\nX-Two: \xff\r\n";
  row.requested_at = at(1);
  row.stored_at = at(2);
  row.expires_at = Time::max();
  row.last_access = at(3);
  return row;
}

template <class Fixture>
class CatalogSuite : public ::testing::Test {
 protected:
  Applied apply(Change change) {
    auto answers = catalog_->commit(std::span(&change, 1));
    EXPECT_TRUE(answers) << answers.error().message;
    return answers ? answers->at(0) : Applied{};
  }
  std::uint64_t put(Row row) { return apply(Put{std::move(row), {}}).version; }
  std::optional<Row> find(std::string_view repository, std::string_view key) {
    auto found = catalog_->find(repository, key);
    EXPECT_TRUE(found) << found.error().message;
    return found ? *found : std::nullopt;
  }
  std::vector<std::string> keys(const Page& page) {
    std::vector<std::string> result;
    for (const auto& row : page.rows) result.push_back(row.key);
    return result;
  }

  Fixture fixture_;
  std::unique_ptr<Catalog> catalog_ = fixture_.open();
};
TYPED_TEST_SUITE_P(CatalogSuite);

TYPED_TEST_P(CatalogSuite, GivesBackEveryFieldOfARow) {
  auto row = row_of("pypi", "simple/six/?a=b");
  row.version = this->put(row);
  EXPECT_NE(row.version, 0U);
  EXPECT_EQ(this->find("pypi", "simple/six/?a=b"), row);
}

TYPED_TEST_P(CatalogSuite, FindsNothingUnderAnotherRepositoryOrKey) {
  this->put(row_of("a", "k"));
  EXPECT_EQ(this->find("b", "k"), std::nullopt);
  EXPECT_EQ(this->find("a", "K"), std::nullopt);
  EXPECT_EQ(this->find("a", ""), std::nullopt);
}

TYPED_TEST_P(CatalogSuite, IsCertainOfWhatItHasNotOnceItKnowsAllKeys) {
  this->put(row_of("r", "before"));
  EXPECT_TRUE(this->catalog_->may_have("r", "unknown"));
  while (this->catalog_->learn_keys().value()) {
  }
  EXPECT_FALSE(this->catalog_->may_have("r", "unknown"));
  EXPECT_FALSE(this->catalog_->may_have("other", "before"));
  EXPECT_TRUE(this->catalog_->may_have("r", "before"));
  this->put(row_of("r", "after"));
  EXPECT_TRUE(this->catalog_->may_have("r", "after"));
  EXPECT_FALSE(*this->catalog_->learn_keys());
}

TYPED_TEST_P(CatalogSuite, KeepsOddButLegalKeysApart) {
  const std::vector<std::string> keys = {"",      "a",   "a/",  "a//",       "A",
                                         "a%2Fb", "a/b", "a'b", "a\xc3\xa9", std::string(3000, 'x')};
  for (const auto& key : keys) this->put(row_of("r", key, "content of " + key));
  for (const auto& key : keys) {
    const auto found = this->find("r", key);
    ASSERT_TRUE(found) << key;
    EXPECT_EQ(found->digest, Sha256::of("content of " + key)) << key;
  }
}

TYPED_TEST_P(CatalogSuite, ReplacesOnlyTheVersionThatWasExpected) {
  const auto first = this->put(row_of("r", "k", "one"));
  EXPECT_EQ(this->apply(Put{row_of("r", "k", "two"), Expected(0)}),
            (Applied{Applied::Verdict::Conflict, first}));
  EXPECT_EQ(this->apply(Put{row_of("r", "k", "two"), Expected(first + 100)}),
            (Applied{Applied::Verdict::Conflict, first}));
  EXPECT_EQ(this->find("r", "k")->digest, Sha256::of("one"));
  const auto second = this->apply(Put{row_of("r", "k", "two"), Expected(first)});
  EXPECT_EQ(second.verdict, Applied::Verdict::Done);
  EXPECT_GT(second.version, first);
  EXPECT_EQ(this->find("r", "k")->digest, Sha256::of("two"));
  EXPECT_EQ(this->apply(Put{row_of("r", "new", "x"), Expected(second.version)}),
            (Applied{Applied::Verdict::Conflict, 0}));
}

TYPED_TEST_P(CatalogSuite, NeverGivesAVersionTwice) {
  const auto first = this->put(row_of("r", "k"));
  EXPECT_EQ(this->apply(Erase{"r", "k", Expected(first)}), (Applied{Applied::Verdict::Done, 0}));
  EXPECT_GT(this->apply(Put{row_of("r", "k"), Expected(0)}).version, first);
}

TYPED_TEST_P(CatalogSuite, ErasesOnlyTheVersionThatWasExpected) {
  const auto version = this->put(row_of("r", "k"));
  EXPECT_EQ(this->apply(Erase{"r", "k", Expected(version + 1)}),
            (Applied{Applied::Verdict::Conflict, version}));
  EXPECT_TRUE(this->find("r", "k"));
  EXPECT_EQ(this->apply(Erase{"r", "k", {}}), (Applied{Applied::Verdict::Done, 0}));
  EXPECT_EQ(this->find("r", "k"), std::nullopt);
  EXPECT_EQ(this->apply(Erase{"r", "k", {}}), (Applied{Applied::Verdict::Done, 0}));
  EXPECT_EQ(this->apply(Erase{"r", "k", Expected(version)}), (Applied{Applied::Verdict::Conflict, 0}));
}

TYPED_TEST_P(CatalogSuite, RenewsTheLifetimeAndOnlyTheGivenValidators) {
  auto row = row_of("r", "k");
  const auto version = this->put(row);
  Renew renew{.repository = "r",
              .key = "k",
              .expected = version,
              .expires_at = at(500),
              .requested_at = at(400),
              .upstream_etag = "\"v2\"",
              .last_modified = {},
              .headers = {},
              .stale = true};
  const auto answer = this->apply(renew);
  EXPECT_EQ(answer.verdict, Applied::Verdict::Done);
  EXPECT_GT(answer.version, version);
  row.version = answer.version;
  row.expires_at = at(500);
  row.requested_at = at(400);
  row.upstream_etag = "\"v2\"";
  row.stale = true;
  EXPECT_EQ(this->find("r", "k"), row);
  EXPECT_EQ(this->apply(renew), (Applied{Applied::Verdict::Conflict, answer.version}));
  renew.key = "absent";
  renew.expected = {};
  EXPECT_EQ(this->apply(renew), (Applied{Applied::Verdict::Conflict, 0}));
}

TYPED_TEST_P(CatalogSuite, MovesTheLastAccessForwardOnlyAndKeepsTheVersion) {
  const auto version = this->put(row_of("r", "k"));
  EXPECT_EQ(this->apply(Touch{"r", "k", at(90)}), (Applied{Applied::Verdict::Done, version}));
  EXPECT_EQ(this->apply(Touch{"r", "k", at(80)}), (Applied{Applied::Verdict::Done, version}));
  EXPECT_EQ(this->find("r", "k")->last_access, at(90));
  EXPECT_EQ(this->apply(Touch{"r", "absent", at(80)}), (Applied{Applied::Verdict::Done, 0}));
}

TYPED_TEST_P(CatalogSuite, AppliesChangesInOrderAndAConflictStopsNoOther) {
  const std::vector<Change> changes = {
      Put{row_of("r", "a", "1"), Expected(0)}, Put{row_of("r", "a", "2"), Expected(0)},
      Put{row_of("r", "b", "3"), {}}, Erase{"r", "a", {}}, Put{row_of("r", "a", "4"), Expected(0)}};
  const auto answers = this->catalog_->commit(changes);
  ASSERT_TRUE(answers);
  ASSERT_EQ(answers->size(), 5U);
  EXPECT_EQ((*answers)[0].verdict, Applied::Verdict::Done);
  EXPECT_EQ((*answers)[1], (Applied{Applied::Verdict::Conflict, (*answers)[0].version}));
  EXPECT_EQ((*answers)[4].verdict, Applied::Verdict::Done);
  EXPECT_EQ(this->find("r", "a")->digest, Sha256::of("4"));
  EXPECT_TRUE(this->find("r", "b"));
}

TYPED_TEST_P(CatalogSuite, ChangesNothingWhenOneChangeIsImpossible) {
  auto impossible = row_of("r", "b");
  impossible.size = ~std::uint64_t{0};
  const std::vector<Change> changes = {Put{row_of("r", "a"), {}}, Put{impossible, {}}};
  EXPECT_FALSE(this->catalog_->commit(changes));
  EXPECT_EQ(this->find("r", "a"), std::nullopt);
  EXPECT_NE(this->put(row_of("r", "a")), 0U);
}

TYPED_TEST_P(CatalogSuite, ListsInByteOrderPageByPage) {
  for (const auto* key : {"b", "", "a/2", "a/10", "B", "c"}) this->put(row_of("r", key));
  this->put(row_of("other", "a"));
  const auto first = this->catalog_->list("r", std::nullopt, 4);
  ASSERT_TRUE(first);
  EXPECT_EQ(this->keys(*first), (std::vector<std::string>{"", "B", "a/10", "a/2"}));
  ASSERT_TRUE(first->next);
  const auto second = this->catalog_->list("r", first->next, 4);
  ASSERT_TRUE(second);
  EXPECT_EQ(this->keys(*second), (std::vector<std::string>{"b", "c"}));
  EXPECT_EQ(second->next, std::nullopt);
  const auto exact = this->catalog_->list("r", first->next, 2);
  EXPECT_EQ(exact->next, std::nullopt);
  EXPECT_EQ(this->keys(*this->catalog_->list("r", "", 1)), (std::vector<std::string>{"B"}));
  EXPECT_TRUE(this->catalog_->list("unknown", std::nullopt, 4)->rows.empty());
}

TYPED_TEST_P(CatalogSuite, KeepsTotalsForEachRepository) {
  EXPECT_EQ(*this->catalog_->totals(), std::vector<Totals>{});
  this->put(row_of("b", "1", "12345"));
  this->put(row_of("b", "2", "12345"));
  this->put(row_of("a", "1", "123"));
  EXPECT_EQ(*this->catalog_->totals(), (std::vector<Totals>{{"a", 1, 3}, {"b", 2, 10}}));
  this->put(row_of("b", "2", "1234567"));
  this->apply(Erase{"a", "1", {}});
  EXPECT_EQ(*this->catalog_->totals(), (std::vector<Totals>{{"b", 2, 12}}));
}

TYPED_TEST_P(CatalogSuite, CountsABlobOnceHoweverManyRowsReferToIt) {
  EXPECT_EQ(*this->catalog_->stored(), (Stored{0, 0}));
  this->put(row_of("a", "1", "12345"));
  this->put(row_of("b", "1", "12345"));
  this->put(row_of("b", "2", "123"));
  EXPECT_EQ(*this->catalog_->stored(), (Stored{2, 8}));
  this->apply(Erase{"a", "1", {}});
  EXPECT_EQ(*this->catalog_->stored(), (Stored{2, 8}));
  this->put(row_of("b", "1", "1"));
  EXPECT_EQ(*this->catalog_->stored(), (Stored{2, 4}));
}

TYPED_TEST_P(CatalogSuite, RefersToADigestUntilItsLastRowIsGone) {
  const auto digest = Sha256::of("shared");
  EXPECT_FALSE(*this->catalog_->refers_to(digest));
  this->put(row_of("a", "1", "shared"));
  this->put(row_of("b", "1", "shared"));
  this->apply(Erase{"a", "1", {}});
  EXPECT_TRUE(*this->catalog_->refers_to(digest));
  this->put(row_of("b", "1", "another"));
  EXPECT_FALSE(*this->catalog_->refers_to(digest));
}

TYPED_TEST_P(CatalogSuite, ListsBlobsInOrderOfTheirDigests) {
  std::vector<BlobSize> expected;
  for (const auto* content : {"1", "22", "333", "4444"}) {
    this->put(row_of("r", content, content));
    expected.push_back({Sha256::of(content), std::string_view(content).size()});
  }
  std::ranges::sort(expected, {}, &BlobSize::digest);
  const auto first = this->catalog_->blobs(std::nullopt, 3);
  ASSERT_TRUE(first);
  EXPECT_EQ(*first, std::vector(expected.begin(), expected.begin() + 3));
  EXPECT_EQ(*this->catalog_->blobs(first->back().digest, 3),
            std::vector(expected.begin() + 3, expected.end()));
}

TYPED_TEST_P(CatalogSuite, TellsWhatWasNotUsedForLongest) {
  for (const auto& [key, time] : {std::pair{"new", 30}, {"old", 10}, {"middle", 20}}) {
    auto row = row_of("r", key);
    row.last_access = at(time);
    this->put(row);
  }
  this->apply(Touch{"r", "old", at(40)});
  const auto rows = this->catalog_->least_recently_used(2);
  ASSERT_TRUE(rows);
  ASSERT_EQ(rows->size(), 2U);
  EXPECT_EQ((*rows)[0].key, "middle");
  EXPECT_EQ((*rows)[1].key, "new");
}

TYPED_TEST_P(CatalogSuite, FlushesWithAndWithoutSomethingToFlush) {
  EXPECT_TRUE(this->catalog_->flush());
  this->put(row_of("r", "k"));
  EXPECT_TRUE(this->catalog_->flush());
  EXPECT_TRUE(this->find("r", "k"));
}

TYPED_TEST_P(CatalogSuite, LetsExactlyOneOfManyWritersWin) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 25;
  std::atomic<int> wins{0};
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int round = 0; round < kRounds; ++round) {
        const Change change = Put{row_of("r", std::to_string(round), fmt::format("{}", thread)), Expected(0)};
        const auto answers = this->catalog_->commit(std::span(&change, 1));
        ASSERT_TRUE(answers) << answers.error().message;
        if (answers->at(0).verdict == Applied::Verdict::Done) ++wins;
        // What another thread was told is there, is there.
        ASSERT_TRUE(*this->catalog_->find("r", std::to_string(round)));
      }
    });
  }
  threads.clear();
  EXPECT_EQ(wins, kRounds);
}

TYPED_TEST_P(CatalogSuite, ShowsReadersWholeTransactionsOnly) {
  std::atomic<bool> stop{false};
  std::vector<std::jthread> readers;
  for (int thread = 0; thread < 6; ++thread) {
    readers.emplace_back([&] {
      while (!stop) {
        const auto page = this->catalog_->list("r", std::nullopt, 10);
        ASSERT_TRUE(page) << page.error().message;
        if (page->rows.empty()) continue;
        ASSERT_EQ(page->rows.size(), 2U);
        ASSERT_EQ(page->rows[0].digest, page->rows[1].digest);
      }
    });
  }
  for (int round = 0; round < 50; ++round) {
    const auto content = std::to_string(round);
    const std::vector<Change> both = {Put{row_of("r", "a", content), {}}, Put{row_of("r", "b", content), {}}};
    ASSERT_TRUE(this->catalog_->commit(both));
  }
  stop = true;
}

REGISTER_TYPED_TEST_SUITE_P(CatalogSuite, GivesBackEveryFieldOfARow, FindsNothingUnderAnotherRepositoryOrKey,
                            IsCertainOfWhatItHasNotOnceItKnowsAllKeys, KeepsOddButLegalKeysApart,
                            ReplacesOnlyTheVersionThatWasExpected, NeverGivesAVersionTwice,
                            ErasesOnlyTheVersionThatWasExpected, RenewsTheLifetimeAndOnlyTheGivenValidators,
                            MovesTheLastAccessForwardOnlyAndKeepsTheVersion,
                            AppliesChangesInOrderAndAConflictStopsNoOther,
                            ChangesNothingWhenOneChangeIsImpossible, ListsInByteOrderPageByPage,
                            KeepsTotalsForEachRepository, CountsABlobOnceHoweverManyRowsReferToIt,
                            RefersToADigestUntilItsLastRowIsGone, ListsBlobsInOrderOfTheirDigests,
                            TellsWhatWasNotUsedForLongest, FlushesWithAndWithoutSomethingToFlush,
                            LetsExactlyOneOfManyWritersWin, ShowsReadersWholeTransactionsOnly);

}  // namespace artifactapi::catalog
