#include "upstream/access.h"

#include <gtest/gtest.h>

namespace artifactapi::upstream {
namespace {

constexpr const char* kScope = "repository:a:pull";

http::Headers bearer(const std::string& scope = kScope, const char* realm = "https://auth.test/token") {
  return {{"WWW-Authenticate",
           std::string("Bearer realm=\"") + realm + "\",service=\"s\",scope=\"" + scope + "\""}};
}

class AccessTest : public ::testing::Test {
 protected:
  Result<std::optional<Access::Way>> learn(const http::Headers& answer, const Pass& pass = {},
                                           bool has_credentials = false, const std::string& scope = kScope) {
    return access.learn(scope, answer, pass, origin, has_credentials);
  }
  static const TokenQuery* query_of(const Access::Way& way) { return std::get_if<TokenQuery>(&way); }

  runtime::Loops loops{1};
  http::Url origin = http::parse_url("https://registry.test").value();
  Access access{loops, {}};
};

TEST_F(AccessTest, AsksOpenlyUntilItLearntBetter) {
  EXPECT_TRUE(std::holds_alternative<Access::Open>(access.way_for(kScope)));
  const auto way = learn(bearer());
  ASSERT_TRUE(way && *way && query_of(**way));
  EXPECT_EQ(query_of(**way)->scope, kScope);
  ASSERT_TRUE(query_of(access.way_for("repository:b:pull")));
  EXPECT_EQ(query_of(access.way_for("repository:b:pull"))->scope, "repository:b:pull");
  EXPECT_TRUE(std::holds_alternative<Access::Open>(access.way_for("")));
}

TEST_F(AccessTest, TheOriginsOwnNameForAScopeCounts) {
  ASSERT_TRUE(learn(bearer("repository:other/a:pull"))->has_value());
  EXPECT_EQ(query_of(access.way_for(kScope))->scope, "repository:other/a:pull");
  ASSERT_TRUE(learn(bearer())->has_value());
  EXPECT_EQ(query_of(access.way_for(kScope))->scope, kScope);
}

TEST_F(AccessTest, BasicIsForThoseWhoHaveCredentials) {
  const http::Headers basic{{"WWW-Authenticate", "Basic realm=\"r\""}};
  EXPECT_FALSE(learn(basic)->has_value());
  ASSERT_TRUE(learn(basic, {}, true)->has_value());
  EXPECT_TRUE(std::holds_alternative<Access::Basic>(access.way_for(kScope)));
  Pass shown;
  shown.basic = transport::BasicCredentials{"u", Secret("p")};
  EXPECT_FALSE(learn(basic, shown, true)->has_value());
}

TEST_F(AccessTest, BearerIsPreferredAndOtherSchemesAreTheAnswer) {
  auto both = bearer();
  both.add("WWW-Authenticate", "Basic realm=\"r\"");
  EXPECT_TRUE(query_of(**learn(both, {}, true)));
  EXPECT_FALSE(learn({{"WWW-Authenticate", "Negotiate"}}, {}, true)->has_value());
  EXPECT_FALSE(learn({}, {}, true)->has_value());
}

TEST_F(AccessTest, AFreshTokenThatWasNotEnoughIsTheEnd) {
  const auto way = learn(bearer()).value().value();
  Pass pass;
  pass.token = Secret("t");
  pass.query = *query_of(way);
  EXPECT_TRUE(learn(bearer(), pass)->has_value());
  pass.fresh = true;
  EXPECT_FALSE(learn(bearer(), pass)->has_value());
  EXPECT_TRUE(learn(bearer("repository:a:pull,push"), pass)->has_value());
}

TEST_F(AccessTest, ATokenServiceWithoutTlsIsRefusedForAnOriginWithTls) {
  EXPECT_EQ(learn(bearer(kScope, "http://auth.test/token")).error().code, Code::BadPeer);
  origin.scheme = "http";
  EXPECT_TRUE(learn(bearer(kScope, "http://auth.test/token")));
}

}  // namespace
}  // namespace artifactapi::upstream
