#include "api/artifact_list.h"

#include "base/testing/temporary_directory.h"
#include "catalog/sqlite_catalog.h"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace artifactapi::api {
namespace {

class ArtifactListTest : public ::testing::Test {
 protected:
  void store(const std::vector<std::string>& keys, const std::string& repository = "r") {
    std::vector<catalog::Change> changes;
    for (const auto& key : keys) {
      catalog::Row row;
      row.repository = repository;
      row.key = key;
      row.digest = Sha256::of(key);
      row.size = key.size();
      row.content_type = "text/plain";
      row.stored_at = Time(Milliseconds{1'700'000'000'123});
      row.expires_at = Time::max();
      changes.emplace_back(catalog::Put{row});
    }
    ASSERT_TRUE(rows->commit(changes));
  }
  boost::json::value list(std::string_view query) {
    const auto parsed = parse_list_query(query);
    EXPECT_TRUE(parsed) << parsed.error().message;
    return boost::json::parse(list_artifacts(*rows, "r", *parsed).value());
  }
  static std::vector<std::string> paths(const boost::json::value& page) {
    std::vector<std::string> found;
    for (const auto& one : page.at("artifacts").as_array()) found.emplace_back(one.at("path").as_string());
    return found;
  }
  using Paths = std::vector<std::string>;

  TemporaryDirectory directory;
  std::unique_ptr<catalog::Catalog> rows =
      std::move(catalog::open_sqlite(directory.path() / "catalog.db").value().catalog);
};

TEST_F(ArtifactListTest, AnEmptyRepositoryHasAnEmptyPage) {
  const auto page = list("");
  EXPECT_EQ(page.at("remote").as_string(), "r");
  EXPECT_TRUE(page.at("artifacts").as_array().empty());
  EXPECT_TRUE(page.at("next").is_null());
}

TEST_F(ArtifactListTest, DescribesEachArtifact) {
  store({"pool/a.deb"});
  const auto page = list("");
  const auto& one = page.at("artifacts").at(0);
  EXPECT_EQ(one.at("path").as_string(), "pool/a.deb");
  EXPECT_EQ(one.at("size").to_number<int>(), 10);
  EXPECT_EQ(one.at("sha256").as_string(), Sha256::of("pool/a.deb").hex());
  EXPECT_EQ(one.at("content_type").as_string(), "text/plain");
  EXPECT_EQ(one.at("kind").as_string(), "immutable");
  EXPECT_EQ(one.at("stored_at").as_string(), "2023-11-14T22:13:20.123Z");
  EXPECT_TRUE(one.at("expires_at").is_null()) << "never";
}

TEST_F(ArtifactListTest, ShowsOneRepositoryInOrderOfPaths) {
  store({"c", "a", "b"});
  store({"other"}, "s");
  EXPECT_EQ(paths(list("")), (Paths{"a", "b", "c"}));
}

TEST_F(ArtifactListTest, PagesFollowEachOtherToTheEnd) {
  store({"a", "b", "c", "d"});
  const auto first = list("limit=2");
  EXPECT_EQ(paths(first), (Paths{"a", "b"}));
  EXPECT_EQ(first.at("next").as_string(), "b");
  const auto second = list("limit=2&cursor=b");
  EXPECT_EQ(paths(second), (Paths{"c", "d"}));
  EXPECT_TRUE(second.at("next").is_null());
}

TEST_F(ArtifactListTest, APatternIsSearchedInTheWholePath) {
  store({"pool/a.deb", "pool/a.dsc", "b.deb"});
  EXPECT_EQ(paths(list("pattern=%5C.deb%24")), (Paths{"b.deb", "pool/a.deb"}));
  EXPECT_EQ(paths(list("pattern=pool")), (Paths{"pool/a.deb", "pool/a.dsc"}));
}

TEST_F(ArtifactListTest, APatternLooksBehindManyOthers) {
  Paths keys;
  for (int i = 0; i < 1200; ++i) keys.push_back("a" + std::to_string(i));
  keys.emplace_back("z");
  store(keys);
  const auto page = list("pattern=%5Ez&limit=1");
  EXPECT_EQ(paths(page), Paths{"z"});
  EXPECT_TRUE(page.at("next").is_null());
}

TEST_F(ArtifactListTest, RefusesWhatItDoesNotUnderstand) {
  for (const auto* query : {"limit=0", "limit=-1", "limit=x", "limit=5x", "limit=", "pattern=%28"}) {
    const auto parsed = parse_list_query(query);
    ASSERT_FALSE(parsed) << query;
    EXPECT_EQ(parsed.error().code, Code::Invalid) << query;
  }
  EXPECT_FALSE(parse_list_query("pattern=" + std::string(513, 'a')));
  EXPECT_TRUE(parse_list_query("pattern=" + std::string(512, 'a')));
}

TEST_F(ArtifactListTest, BoundsAPage) {
  EXPECT_EQ(parse_list_query("")->limit, 100U);
  EXPECT_EQ(parse_list_query("limit=1000")->limit, 1000U);
  EXPECT_EQ(parse_list_query("limit=1001")->limit, 1000U);
  EXPECT_EQ(parse_list_query("limit=99999999999999999999999")->limit, 1000U);
}

TEST(Rfc3339, TellsMilliseconds) {
  EXPECT_EQ(rfc3339(Time{}), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(rfc3339(Time(Milliseconds{1'767'225'599'007})), "2025-12-31T23:59:59.007Z");
}

}  // namespace
}  // namespace artifactapi::api
