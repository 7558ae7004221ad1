// What the engine does with a copy whose time is over, and with what upstream says of it.
#include "cache/engine.h"
#include "cache/testing/cache_fixture.h"

#include <gtest/gtest.h>

#include <string>

namespace artifactapi::cache {
namespace {

using upstream::Method;

constexpr std::uint64_t kLarge = 1U << 20U;

class EngineFreshnessTest : public CacheTest {
 protected:
  // A stored mutable artifact "dists/index" with the entity tag "v1".
  void store_index(const ProfilePtr& remote) {
    upstream.add("old index", {{"ETag", "\"v1\""}});
    EXPECT_EQ(bytes_of(expect<Stored>(get(remote, changing()))), "old index");
    settle();
  }
};

TEST_F(EngineFreshnessTest, AnUnreachableUpstreamLeavesAnExpiredCopyInUse) {
  const auto remote = profile(revalidating());
  store_index(remote);
  clock.advance(Seconds{100});
  upstream.add_failure(Code::Unreachable);
  const auto stale = expect<Stored>(get(remote, changing()));
  EXPECT_EQ(stale.outcome, Outcome::Stale);
  EXPECT_EQ(bytes_of(stale), "old index");
  settle();
  EXPECT_EQ(row_of("dists/index")->expires_at, clock.now() + Seconds{100});
}

TEST_F(EngineFreshnessTest, ACopyIsStaleUntilUpstreamIsHeardAgain) {
  const auto remote = profile(revalidating());
  store_index(remote);
  clock.advance(Seconds{100});
  upstream.add_failure(Code::Unreachable);
  (void)get(remote, changing());
  settle();
  for (int again = 0; again < 2; ++again) {
    const auto within = expect<Stored>(get(remote, changing()));
    EXPECT_EQ(within.outcome, Outcome::Stale);
    ASSERT_TRUE(within.ready);
    EXPECT_EQ(within.ready->outcome, Outcome::Stale);
  }
  EXPECT_EQ(expect<Stored>(head(remote, changing())).outcome, Outcome::Stale);
  EXPECT_EQ(upstream.times_asked(), 2U);
  EXPECT_TRUE(row_of("dists/index")->stale);
  clock.advance(Seconds{100});
  upstream.add_status(304, {{"ETag", "\"v1\""}});
  EXPECT_EQ(expect<Stored>(get(remote, changing())).outcome, Outcome::Revalidated);
  settle();
  EXPECT_EQ(expect<Stored>(get(remote, changing())).outcome, Outcome::Hit);
  EXPECT_FALSE(row_of("dists/index")->stale);
}

TEST_F(EngineFreshnessTest, ABodyCutBeforeItsFirstByteLeftUsIsStaleToo) {
  const auto remote = profile();
  store_index(remote);
  clock.advance(Seconds{3600});
  const auto body = upstream.add_open(kLarge);
  body->push("1");
  body->fail(Code::Cut);
  const auto stale = expect<Stored>(get(remote, changing()));
  EXPECT_EQ(stale.outcome, Outcome::Stale);
  EXPECT_EQ(bytes_of(stale), "old index");
}

TEST_F(EngineFreshnessTest, AHeadThatSaysNotModifiedRenewsTheCopy) {
  const auto remote = profile(revalidating());
  store_index(remote);
  clock.advance(Seconds{100});
  upstream.add_status(304, {{"ETag", "\"v1\""}});
  const auto renewed = expect<Stored>(get(remote, changing()));
  EXPECT_EQ(renewed.outcome, Outcome::Revalidated);
  EXPECT_EQ(bytes_of(renewed), "old index");
  const auto asked = upstream.asked().back();
  EXPECT_EQ(asked.method, Method::Head);
  EXPECT_EQ(asked.headers.get("If-None-Match"), "\"v1\"");
  settle();
  EXPECT_EQ(row_of("dists/index")->expires_at, clock.now() + Seconds{100});
  EXPECT_EQ(expect<Stored>(get(remote, changing())).outcome, Outcome::Hit);
  EXPECT_EQ(upstream.times_asked(), 2U);
}

TEST_F(EngineFreshnessTest, AHeadThatSaysChangedLeadsToAConditionalGet) {
  const auto remote = profile(revalidating());
  store_index(remote);
  clock.advance(Seconds{100});
  upstream.add_status(200, {{"ETag", "\"v2\""}});
  upstream.add("new index", {{"ETag", "\"v2\""}});
  const auto fresh = expect<Stored>(get(remote, changing()));
  EXPECT_EQ(fresh.outcome, Outcome::Miss);
  EXPECT_EQ(bytes_of(fresh), "new index");
  const auto asked = upstream.asked().back();
  EXPECT_EQ(asked.method, Method::Get);
  EXPECT_EQ(asked.headers.get("If-None-Match"), "\"v1\"");
  settle();
  EXPECT_EQ(row_of("dists/index")->upstream_etag, "\"v2\"");
}

TEST_F(EngineFreshnessTest, AMutableTtlOfZeroAsksEachTime) {
  Rules rules;
  rules.ttl.mutable_ttl = Seconds{0};
  const auto remote = profile(rules);
  for (const auto* body : {"one", "two", "three"}) {
    upstream.add(body);
    EXPECT_EQ(bytes_of(expect<Stored>(get(remote, changing()))), body);
    settle();
  }
  EXPECT_EQ(upstream.times_asked(), 3U);
}

TEST_F(EngineFreshnessTest, AnAbsentArtifactEndsTheCopy) {
  const auto remote = profile();
  store_index(remote);
  clock.advance(Seconds{3600});
  upstream.add_status(404);
  EXPECT_EQ(expect<Refusal>(get(remote, changing())).status, 404);
  settle();
  EXPECT_FALSE(row_of("dists/index"));
  upstream.add_failure(Code::Unreachable);
  EXPECT_EQ(expect<Error>(get(remote, changing())).code, Code::Unreachable);
}

TEST_F(EngineFreshnessTest, ARefusalOfAnotherKindLeavesTheCopyForLater) {
  const auto remote = profile();
  store_index(remote);
  clock.advance(Seconds{3600});
  upstream.add_status(401);
  EXPECT_EQ(expect<Refusal>(get(remote, changing())).status, 403);
  upstream.add_status(500);
  EXPECT_EQ(expect<Error>(get(remote, changing())).code, Code::BadPeer);
  upstream.add_failure(Code::Cut);
  EXPECT_EQ(expect<Stored>(get(remote, changing())).outcome, Outcome::Stale);
}

TEST_F(EngineFreshnessTest, UpstreamsAbsenceIsKeptOnlyWhereTheRemoteSaysSo) {
  Rules rules;
  rules.ttl.negative_ttl = Seconds{10};
  const auto remote = profile(rules);
  upstream.add_status(404);
  EXPECT_EQ(expect<Refusal>(get(remote, immutable())).status, 404);
  settle();
  EXPECT_EQ(expect<Refusal>(get(remote, immutable())).status, 404);
  EXPECT_EQ(upstream.times_asked(), 1U);
  clock.advance(Seconds{10});
  upstream.add("now there");
  EXPECT_EQ(bytes_of(expect<Stored>(get(remote, immutable()))), "now there");
}

// A copy, expired by now, of something that has grown beyond the disk since.
class OutgrownDiskTest : public CacheTest {
 protected:
  OutgrownDiskTest() : CacheTest(blobs::SpaceLimit{100 * 1024}) {
    upstream.add("old index");
    EXPECT_TRUE(std::holds_alternative<Stored>(get(profile(), changing())));
    settle();
    clock.advance(Seconds{3600});
    ScriptedAnswer large;
    large.length = 1U << 20U;
    large.body = upstream.make_body(std::string(1U << 20U, 'x'));
    upstream.add(std::move(large));
    EXPECT_TRUE(std::holds_alternative<Relayed>(get(profile(), changing())));
    settle();
  }
};

TEST_F(OutgrownDiskTest, TheCopyIsServedStaleWhileUpstreamIsGone) {
  upstream.add_failure(Code::Unreachable);
  const auto answer = get(profile(), changing());
  ASSERT_TRUE(std::holds_alternative<Stored>(answer));
  EXPECT_EQ(std::get<Stored>(answer).outcome, Outcome::Stale);
}

TEST_F(OutgrownDiskTest, TheCopyEndsWhenUpstreamSaysSo) {
  upstream.add_status(404);
  EXPECT_TRUE(std::holds_alternative<Refusal>(get(profile(), changing())));
  settle();
  EXPECT_FALSE(row_of("dists/index"));
}

}  // namespace
}  // namespace artifactapi::cache
