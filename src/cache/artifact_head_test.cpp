#include "cache/artifact_head.h"

#include <gtest/gtest.h>

namespace artifactapi::cache {
namespace {

constexpr Time kNow{Seconds{1'700'000'000}};

formats::Plan plan_of(std::string key, formats::Mutability mutability = formats::Mutability::Immutable) {
  formats::Plan plan;
  plan.mutability = mutability;
  plan.key = std::move(key);
  return plan;
}

catalog::Row draft(const http::Headers& headers, const formats::Plan& plan = plan_of("pool/a.deb"),
                   std::optional<std::uint64_t> length = 5, Time received = kNow) {
  return draft_row("r", plan, 200, headers, length, kNow - Seconds{1}, received, Time::max());
}

catalog::Row mutable_row(Time expires_at) {
  auto row = draft({}, plan_of("dists/index", formats::Mutability::Mutable));
  row.expires_at = expires_at;
  return row;
}

std::string header(const catalog::Row& row, std::string_view name, Outcome outcome = Outcome::Hit,
                   Time now = kNow) {
  return std::string(artifact_headers(row, outcome, now).get(name).value_or("none"));
}

TEST(DraftRow, HoldsWhatTheHeadSays) {
  auto plan = plan_of("dists/index?x=1", formats::Mutability::Mutable);
  plan.builtin = true;
  const http::Headers headers{{"ETag", "\"v1\""}, {"Last-Modified", "Tue, 14 Nov 2023 22:13:20 GMT"}};
  const auto row = draft_row("r", plan, 200, headers, 5, kNow, kNow + Seconds{1}, kNow + Seconds{9});
  EXPECT_EQ(row.repository, "r");
  EXPECT_EQ(row.key, "dists/index?x=1");
  EXPECT_EQ(row.kind, catalog::Kind::Mutable);
  EXPECT_TRUE(row.builtin);
  EXPECT_EQ(row.upstream_etag, "\"v1\"");
  EXPECT_EQ(row.last_modified, "Tue, 14 Nov 2023 22:13:20 GMT");
  EXPECT_EQ(row.requested_at, kNow);
  EXPECT_EQ(row.stored_at, kNow + Seconds{1});
  EXPECT_EQ(row.last_access, kNow + Seconds{1});
  EXPECT_EQ(row.expires_at, kNow + Seconds{9});
}

TEST(DraftRow, KeepsAStrongEntityTag) {
  EXPECT_EQ(draft({{"ETag", "\"v1\""}}).etag, "\"v1\"");
}

TEST(DraftRow, DerivesAStrongEntityTagFromAWeakAMissingOrAMalformedOne) {
  for (const auto* given : {"W/\"v1\"", "", "v1 without quotes"}) {
    const auto row = draft({{"ETag", given}});
    EXPECT_TRUE(row.etag.starts_with('"') && row.etag.ends_with('"')) << given;
    EXPECT_NE(row.etag, given);
    EXPECT_EQ(row.upstream_etag, given) << "kept for asking again";
    EXPECT_EQ(row.etag, draft({{"ETag", given}}).etag) << "the same answer has the same tag";
  }
}

TEST(DraftRow, ADerivedEntityTagDependsOnEverythingThatTellsVersionsApart) {
  const auto tag = draft({}).etag;
  EXPECT_NE(tag, draft({}, plan_of("pool/b.deb")).etag);
  EXPECT_NE(tag, draft({}, plan_of("pool/a.deb"), 6).etag);
  EXPECT_NE(tag, draft({}, plan_of("pool/a.deb"), std::nullopt).etag);
  EXPECT_NE(tag, draft({{"ETag", "W/\"v1\""}}).etag);
  EXPECT_NE(tag, draft({{"Last-Modified", "Tue, 14 Nov 2023 22:13:20 GMT"}}).etag);
  EXPECT_NE(tag, draft({}, plan_of("pool/a.deb"), 5, kNow + Milliseconds{1}).etag);
}

TEST(DraftRow, TheContentTypeComesFromTheNameElseFromUpstream) {
  const http::Headers html{{"Content-Type", "text/html"}};
  EXPECT_EQ(draft(html).content_type, "application/vnd.debian.binary-package");
  EXPECT_EQ(draft(html, plan_of("pool/%61.deb?mirror=x.json")).content_type,
            "application/vnd.debian.binary-package");
  EXPECT_EQ(draft(html, plan_of("simple/a/")).content_type, "text/html");
  EXPECT_EQ(draft({}, plan_of("simple/a/")).content_type, "application/octet-stream");
}

TEST(DraftRow, DoesNotKeepWhatBelongsToOneConnectionOrOneClient) {
  const auto row = draft({{"Set-Cookie", "session=1"},
                          {"Connection", "X-Private"},
                          {"X-Private", "1"},
                          {"Transfer-Encoding", "chunked"},
                          {"X-Checksum", "abc"}});
  EXPECT_EQ(row.headers, "X-Checksum: abc\r\n");
}

TEST(ArtifactHeaders, AnImmutableArtifactMayBeKeptForADay) {
  const auto row = draft({{"ETag", "\"v1\""}});
  EXPECT_EQ(header(row, "Cache-Control"), "max-age=86400");
  EXPECT_EQ(header(row, "ETag"), "\"v1\"");
  EXPECT_EQ(header(row, "Warning"), "none");
}

TEST(ArtifactHeaders, AMutableArtifactMayBeKeptForWhatIsLeftButNeverOverAMinute) {
  EXPECT_EQ(header(mutable_row(kNow + Seconds{3600}), "Cache-Control"), "max-age=60");
  EXPECT_EQ(header(mutable_row(kNow + Seconds{60}), "Cache-Control"), "max-age=60");
  EXPECT_EQ(header(mutable_row(kNow + Milliseconds{12'900}), "Cache-Control"), "max-age=12");
  EXPECT_EQ(header(mutable_row(kNow - Seconds{5}), "Cache-Control"), "max-age=0");
}

TEST(ArtifactHeaders, AStaleOneSaysSo) {
  for (const auto& row : {draft({}), mutable_row(kNow + Seconds{3600})}) {
    EXPECT_EQ(header(row, "Cache-Control", Outcome::Stale), "no-cache");
    EXPECT_TRUE(header(row, "Warning", Outcome::Stale).starts_with("110 "));
  }
}

TEST(ArtifactHeaders, TellWhereTheBytesCameFrom) {
  const auto row = draft({});
  EXPECT_EQ(header(row, "X-Artifact-Source", Outcome::Miss), "remote");
  for (const auto outcome : {Outcome::Hit, Outcome::Stale, Outcome::Revalidated}) {
    EXPECT_EQ(header(row, "X-Artifact-Source", outcome), "cache");
  }
}

TEST(ArtifactHeaders, PassOnWhatDescribesTheBytesAndNothingElse) {
  const auto row = draft({{"content-encoding", "gzip"},
                          {"Content-Language", "de"},
                          {"X-Powered-By", "y"},
                          {"Set-Cookie", "a=b"},
                          {"Cache-Control", "private"},
                          {"Age", "7"}});
  EXPECT_EQ(header(row, "Content-Encoding"), "gzip");
  EXPECT_EQ(header(row, "Content-Language"), "de");
  const auto headers = artifact_headers(row, Outcome::Hit, kNow);
  EXPECT_FALSE(headers.has("X-Powered-By"));
  EXPECT_FALSE(headers.has("Set-Cookie"));
  EXPECT_FALSE(headers.has("Age"));
  EXPECT_EQ(headers.count("Cache-Control"), 1U);
}

TEST(ArtifactHeaders, AFileHasADownloadNameAPageHasNone) {
  const auto name_of = [](const char* key) { return header(draft({}, plan_of(key)), "Content-Disposition"); };
  EXPECT_EQ(name_of("pool/main/a_1.0%2B2.deb"), "attachment; filename=\"a_1.0+2.deb\"");
  EXPECT_EQ(name_of("a.deb?x=/y.zip"), "attachment; filename=\"a.deb\"");
  EXPECT_EQ(name_of("simple/a/"), "none");
  EXPECT_EQ(name_of("simple/a/?format=json"), "none");
}

TEST(ArtifactHeaders, KeepAHostilePageHarmless) {
  const auto row = draft({{"Content-Type", "text/html"}}, plan_of("simple/a/"));
  EXPECT_EQ(header(row, "X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(header(row, "Content-Security-Policy"), "sandbox; default-src 'none'");
}

TEST(MakeReady, IsTheFinishedHead) {
  auto row = std::make_shared<catalog::Row>(draft({{"ETag", "\"v1\""}}));
  row->size = 5;
  const auto body = std::make_shared<const std::string>("hello");
  const auto ready = make_ready(row, body, nullptr, "pool/a.deb", kNow);
  EXPECT_TRUE(ready->head.starts_with("HTTP/1.1 200 OK\r\n"));
  EXPECT_NE(ready->head.find("\r\nContent-Length: 5\r\n"), std::string::npos);
  EXPECT_NE(ready->head.find("\r\nX-Artifact-Source: cache\r\n"), std::string::npos);
  EXPECT_TRUE(ready->head.ends_with("\r\n"));
  EXPECT_FALSE(ready->head.ends_with("\r\n\r\n"));
  EXPECT_EQ(ready->body, body);
  EXPECT_EQ(ready->size, 5U);
  EXPECT_EQ(ready->stored_at, row->requested_at);
  EXPECT_EQ(ready->expires_at, Time::max());
  EXPECT_TRUE(ready->alive);
}

TEST(MakeReady, AMutableArtifactLeavesTheFastWayWhenItsCacheControlBeginsToChange) {
  const auto row = std::make_shared<catalog::Row>(mutable_row(kNow + Seconds{3600}));
  const auto ready = make_ready(row, std::make_shared<const std::string>(), nullptr, "p", kNow);
  EXPECT_EQ(ready->expires_at, kNow + Seconds{3540});
}

TEST(StoredField, IsFoundByItsWholeName) {
  catalog::Row row;
  row.headers = "X-Link: a\r\nLink: b\r\nEmpty: \r\nAge: c: d\r\n";
  EXPECT_EQ(stored_field(row, "link"), "b");
  EXPECT_EQ(stored_field(row, "x-link"), "a");
  EXPECT_EQ(stored_field(row, "Empty"), "");
  EXPECT_EQ(stored_field(row, "Age"), "c: d");
  for (const auto* none : {"Lin", "ink", "b", "X"}) EXPECT_EQ(stored_field(row, none), "") << none;
}

// A catalog's bytes may be wrong.
TEST(StoredField, OfABrokenBlockIsWhatThereIsOfIt) {
  catalog::Row row;
  for (const auto* broken : {"", "L", "Link", "Link:", "Link:b\r\n", "\r\n", "\nLin"}) {
    row.headers = broken;
    EXPECT_EQ(stored_field(row, "Link"), "") << broken;
  }
  for (const auto* broken : {"Link: b", "\nLink: b", "x\nLink: b\r\n"}) {
    row.headers = broken;
    EXPECT_EQ(stored_field(row, "Link"), "b") << broken;
  }
}

}  // namespace
}  // namespace artifactapi::cache
