#include "cache/engine.h"
#include "cache/testing/cache_fixture.h"

#include <gtest/gtest.h>

#include <string>

namespace artifactapi::cache {
namespace {

using upstream::Method;

constexpr formats::HeadRules kNamedHead{.etag_is_digest = true, .digest_field = "Content-Digest"};

// Of keys whose bytes are named by digest.
class EngineDigestTest : public CacheTest {
 protected:
  static std::string digest_text(std::string_view bytes) { return formats::sha256_text(Sha256::of(bytes)); }

  static formats::Plan by_digest(std::string_view bytes, const std::string& prefix = "by-digest/") {
    auto plan = immutable(prefix + digest_text(bytes));
    plan.head = &kNamedHead;
    plan.promised = Sha256::of(bytes);
    plan.revalidate_by_digest = true;
    return plan;
  }
  static formats::Plan by_name(std::string key = "name") {
    auto plan = changing(std::move(key));
    plan.head = &kNamedHead;
    plan.builtin = true;
    plan.revalidate_by_digest = true;
    plan.by_digest = "by-digest/";
    return plan;
  }
  static http::Headers names(std::string_view bytes) { return {{"Content-Digest", digest_text(bytes)}}; }
  void add_head(std::string_view bytes) {
    ScriptedAnswer answer;
    answer.headers = names(bytes);
    answer.length = bytes.size();
    upstream.add(std::move(answer));
  }
};

TEST_F(EngineDigestTest, BytesThatBelieTheirDigestAreAnErrorAndNotStored) {
  upstream.add("wrong");
  EXPECT_EQ(expect<Error>(get(profile(), by_digest("right"))).code, Code::Contradicted);
  settle();
  EXPECT_FALSE(row_of("by-digest/" + digest_text("right")));
  EXPECT_EQ(expect<Error>(get(profile(), by_digest("right"))).code, Code::Contradicted) << "not asked again";
  clock.advance(Seconds{30});
  upstream.add("right");
  EXPECT_EQ(bytes_of(expect<Stored>(get(profile(), by_digest("right")))), "right");
}

TEST_F(EngineDigestTest, ALargeBodyThatBeliesItsDigestIsNeverCompleted) {
  const std::string right(1U << 20U, 'r');
  const std::string wrong(1U << 20U, 'w');
  const auto body = upstream.add_open(wrong.size());
  body->push(wrong.substr(0, wrong.size() / 2));
  const auto growing = expect<Growing>(get(profile(), by_digest(right)));
  auto following = follow(growing);
  body->push(wrong.substr(wrong.size() / 2));
  body->end();
  const auto read = following.get();
  EXPECT_EQ(read.stream, Stream::Broken);
  EXPECT_LT(read.bytes.size(), wrong.size());
}

TEST_F(EngineDigestTest, TheDigestInTheHeadIsAPromiseToo) {
  upstream.add("wrong", names("right"));
  EXPECT_EQ(expect<Error>(get(profile(), by_name())).code, Code::Contradicted);
}

TEST_F(EngineDigestTest, WhatWasFetchedByNameIsFoundByItsDigest) {
  upstream.add("bytes");
  const auto first = expect<Stored>(get(profile(), by_name()));
  EXPECT_EQ(first.row->etag, "\"" + digest_text("bytes") + "\"");
  EXPECT_EQ(bytes_of(expect<Stored>(get(profile(), by_digest("bytes")))), "bytes");
  settle();
  const auto row = row_of("by-digest/" + digest_text("bytes"));
  ASSERT_TRUE(row);
  EXPECT_EQ(row->kind, catalog::Kind::Immutable);
  EXPECT_EQ(row->expires_at, Time::max());
  EXPECT_EQ(upstream.times_asked(), 1U);
}

TEST_F(EngineDigestTest, AHeadWithTheSameDigestRenews) {
  const auto remote = profile(revalidating());
  upstream.add("bytes");
  (void)get(remote, by_name());
  clock.advance(Seconds{101});
  add_head("bytes");
  const auto again = expect<Stored>(get(remote, by_name()));
  EXPECT_EQ(again.outcome, Outcome::Revalidated);
  EXPECT_EQ(upstream.asked().back().method, Method::Head);
  EXPECT_EQ(expect<Stored>(get(remote, by_name())).outcome, Outcome::Hit);
  EXPECT_EQ(upstream.times_asked(), 2U);
}

TEST_F(EngineDigestTest, AHeadWithAnotherDigestOrNoneLeadsToAGet) {
  const auto remote = profile(revalidating());
  upstream.add("one");
  (void)get(remote, by_name());
  clock.advance(Seconds{101});
  add_head("two");
  upstream.add("two");
  EXPECT_EQ(bytes_of(expect<Stored>(get(remote, by_name()))), "two");
  clock.advance(Seconds{101});
  upstream.add_status(200);
  upstream.add("three");
  EXPECT_EQ(bytes_of(expect<Stored>(get(remote, by_name()))), "three");
  EXPECT_EQ(upstream.times_asked(), 5U);
}

TEST_F(EngineDigestTest, BytesStoredUnderAnotherKeyAreAdoptedWhenUpstreamHasThemThere) {
  upstream.add("bytes");
  (void)get(profile(), by_digest("bytes", "one/"));
  settle();
  add_head("bytes");
  const auto adopted = expect<Stored>(get(profile(), by_digest("bytes", "two/")));
  EXPECT_EQ(bytes_of(adopted), "bytes");
  EXPECT_EQ(upstream.asked().back().method, Method::Head);
  settle();
  EXPECT_TRUE(row_of("two/" + digest_text("bytes")));
  EXPECT_EQ(expect<Stored>(get(profile(), by_digest("bytes", "two/"))).outcome, Outcome::Hit);
}

TEST_F(EngineDigestTest, BytesThatUpstreamHasNotThereAreNotGiven) {
  upstream.add("bytes");
  (void)get(profile(), by_digest("bytes", "one/"));
  settle();
  upstream.add_status(404);
  upstream.add_status(404);
  EXPECT_EQ(expect<Refusal>(get(profile(), by_digest("bytes", "two/"))).status, 404);
  settle();
  EXPECT_FALSE(row_of("two/" + digest_text("bytes")));
}

TEST_F(EngineDigestTest, ANameThatAHeadToldOfIsKnownOnceItsBytesCame) {
  add_head("bytes");
  const auto described = expect<Described>(head(profile(), by_name()));
  EXPECT_EQ(described.draft->digest, Sha256::of("bytes"));
  upstream.add("bytes");
  (void)get(profile(), by_digest("bytes"));
  const auto known = expect<Stored>(get(profile(), by_name()));
  EXPECT_EQ(bytes_of(known), "bytes");
  // And a name whose bytes are here already is known at once.
  add_head("bytes");
  (void)head(profile(), by_name("other"));
  EXPECT_EQ(bytes_of(expect<Stored>(get(profile(), by_name("other")))), "bytes");
  EXPECT_EQ(upstream.times_asked(), 3U);
}

TEST_F(EngineDigestTest, ABodyOverItsBoundIsRefusedWithItsReason) {
  auto plan = by_name();
  plan.most_bytes = 4;
  upstream.add("12345");
  const auto error = expect<Error>(get(profile(), plan));
  EXPECT_EQ(error.code, Code::BadPeer);
  EXPECT_NE(error.message.find("larger than the 4 bytes"), std::string::npos);
  upstream.add("1234");
  EXPECT_EQ(bytes_of(expect<Stored>(get(profile(), plan))), "1234");
}

}  // namespace
}  // namespace artifactapi::cache
