#include "cache/renditions.h"

#include "cache/artifact_head.h"
#include "cache/disk_read.h"
#include "cache/testing/cache_fixture.h"
#include "formats/testing/gunzip.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <string>
#include <vector>

namespace artifactapi::cache {
namespace {

using formats::testing::gunzip;

std::atomic<int> times_rendered{0};

// "address:" before each line; a document that begins with '!' is none.
Result<formats::Rendered> with_address(const formats::RenditionAsked& asked, formats::RenditionSink& sink) {
  ++times_rendered;
  if (asked.original.starts_with('!')) return fail(Code::BadPeer, "no document");
  auto rest = asked.original;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size() - 1) + 1;
    sink.write(std::string(asked.address) + ":" + std::string(rest.substr(0, end)));
    rest.remove_prefix(end);
  }
  return formats::Rendered{.content_type = "text/x-lines", .link = {}};
}

std::string lines(std::size_t number) {
  std::string text;
  for (std::size_t i = 0; i < number; ++i) text += "line " + std::to_string(i) + "\n";
  return text;
}

class RenditionsTest : public CacheTest {
 protected:
  explicit RenditionsTest(blobs::SpaceLimit limit = {}) : CacheTest(limit) { times_rendered = 0; }

  static formats::Plan plan() {
    auto plan = changing("index");
    plan.render = with_address;
    plan.form = "form";
    return plan;
  }
  static Stored document(const std::string& text, std::string upstreams_headers = {}) {
    catalog::Row row;
    row.repository = "r";
    row.key = "index";
    row.kind = catalog::Kind::Mutable;
    row.size = text.size();
    row.digest = Sha256::of(text);
    row.headers = std::move(upstreams_headers);
    row.expires_at = Time::max();
    return {std::make_shared<const catalog::Row>(row), std::make_shared<const std::string>(text), nullptr,
            Outcome::Hit, nullptr};
  }
  std::future<Answer> start(const Stored& document, RenditionFor whom, std::size_t loop = 0) {
    return runtime::start_on(
        loops.at(loop),
        renditions.make(remote, std::make_shared<const formats::Plan>(plan()), document, std::move(whom)));
  }
  Stored make(const Stored& document, RenditionFor whom) {
    return expect<Stored>(runtime::result_of(start(document, std::move(whom))));
  }
  static std::string text_of(const Stored& stored) {
    if (stored.bytes) return *stored.bytes;
    return read_file(*stored.file, stored.row->size).value();
  }
  static std::string coding_of(const Stored& stored) {
    return std::string(stored_field(*stored.row, "Content-Encoding"));
  }

  const RenditionFor plain{.address = "http://a/r", .host = "a", .takes_gzip = false};
  const RenditionFor packed{.address = "http://a/r", .host = "a", .takes_gzip = true};
  ProfilePtr remote = with_origin();
  Renditions renditions{services};

 private:
  static ProfilePtr with_origin() {
    auto profile = std::make_shared<RemoteProfile>();
    profile->name = "r";
    auto origin = std::make_shared<upstream::Origin>();
    origin->base = http::parse_url("http://up.test/").value();
    profile->origin = std::move(origin);
    return profile;
  }
};

TEST_F(RenditionsTest, BothFormsAreMadeOnceAndHaveTheSameBytes) {
  const auto original = document(lines(2000));
  for (int round = 0; round < 3; ++round) {
    const auto gzip = make(original, packed);
    const auto identity = make(original, plain);
    EXPECT_EQ(coding_of(gzip), "gzip");
    EXPECT_EQ(coding_of(identity), "");
    EXPECT_TRUE(gunzip(text_of(gzip)) == text_of(identity));
    EXPECT_EQ(gzip.row->size, text_of(gzip).size());
    EXPECT_LT(gzip.row->size, identity.row->size);
    EXPECT_NE(gzip.row->etag, identity.row->etag);
    EXPECT_EQ(gzip.row->content_type, "text/x-lines");
    ASSERT_TRUE(gzip.ready && identity.ready);
    EXPECT_NE(gzip.ready->head.find("\r\nContent-Encoding: gzip\r\n"), std::string::npos);
    for (const auto& ready : {gzip.ready, identity.ready}) {
      EXPECT_NE(ready->head.find("\r\nVary: Accept-Encoding\r\n"), std::string::npos);
    }
  }
  EXPECT_EQ(times_rendered.load(), 1);
  EXPECT_EQ(hot.usage().entries, 2U);
}

TEST_F(RenditionsTest, ManyWhoAskAtOnceHaveItMadeOnce) {
  const auto original = document(lines(50'000));
  std::vector<std::future<Answer>> asked;
  for (std::size_t i = 0; i < 40; ++i) asked.push_back(start(original, i % 4 < 3 ? packed : plain, i % 2));
  std::vector<Stored> given;
  for (auto& one : asked) given.push_back(expect<Stored>(runtime::result_of(std::move(one))));
  for (std::size_t i = 0; i < given.size(); ++i) {
    EXPECT_EQ(coding_of(given[i]), i % 4 < 3 ? "gzip" : "");
    EXPECT_EQ(given[i].file, given[i % 4].file) << "the same bytes, not equal ones";
  }
  EXPECT_EQ(times_rendered.load(), 1);
}

TEST_F(RenditionsTest, LargeOnesAreFilesAndWhole) {
  const auto original = document(lines(800'000));  // 12 MB, with addresses 20
  const auto gzip = make(original, packed);
  const auto identity = make(original, plain);
  ASSERT_TRUE(gzip.file && identity.file);
  EXPECT_TRUE(gzip.ready->only_here && identity.ready->only_here);
  EXPECT_EQ(hot.usage().only_here, gzip.row->size + identity.row->size);
  EXPECT_TRUE(gunzip(text_of(gzip)) == text_of(identity));
}

TEST_F(RenditionsTest, WhatIsNotWorthItIsGivenAsItIs) {
  std::string noise;
  for (int i = 0; i < 400; ++i) {
    const auto digest = Sha256::of(std::to_string(i));
    noise.append(reinterpret_cast<const char*>(digest.bytes().data()), digest.bytes().size());
  }
  std::ranges::replace(noise, '\n', ' ');
  for (const auto& text : {std::string("small\n"), noise}) {
    for (int round = 0; round < 2; ++round) {
      const auto given = make(document(text), packed);
      EXPECT_EQ(coding_of(given), "");
      EXPECT_EQ(text_of(given), "http://a/r:" + text);
      EXPECT_EQ(given.row->etag, make(document(text), plain).row->etag) << "it is the same representation";
      ASSERT_TRUE(given.ready);
      EXPECT_EQ(given.ready->audience->coding, Audience::Coding::Gzip) << "memory gives it to them at once";
    }
  }
  EXPECT_EQ(times_rendered.load(), 2);
}

TEST_F(RenditionsTest, WhatIsCodedAlreadyIsNotCodedAgain) {
  const auto given = make(document(lines(2000), "Content-Encoding: odd\r\n"), packed);
  EXPECT_EQ(coding_of(given), "odd");
}

TEST_F(RenditionsTest, ANewDocumentHasNewForms) {
  const auto first = make(document(lines(2000)), packed);
  const auto second = make(document(lines(2001)), packed);
  EXPECT_NE(first.row->etag, second.row->etag);
  EXPECT_FALSE(first.ready->alive);
  EXPECT_TRUE(gunzip(text_of(second)) == text_of(make(document(lines(2001)), plain)));
  EXPECT_EQ(times_rendered.load(), 2);
}

TEST_F(RenditionsTest, ADocumentThatIsGoodForLongerKeepsItsForms) {
  auto original = document(lines(2000));
  const auto before = make(original, packed);
  auto row = *original.row;
  row.requested_at = clock.now() + Seconds{50};
  row.stale = true;
  original.row = std::make_shared<const catalog::Row>(row);
  original.outcome = Outcome::Stale;
  for (const auto& whom : {packed, plain}) {
    const auto after = make(original, whom);
    EXPECT_EQ(after.row->requested_at, row.requested_at);
    EXPECT_EQ(after.outcome, Outcome::Stale);
    EXPECT_EQ(after.row->etag == before.row->etag, whom.takes_gzip);
  }
  EXPECT_EQ(times_rendered.load(), 1);
}

TEST_F(RenditionsTest, EachAddressHasItsOwn) {
  auto other = packed;
  other.address = "http://b/r";
  const auto original = document(lines(2000));
  const auto one = make(original, packed);
  const auto two = make(original, other);
  EXPECT_NE(one.row->etag, two.row->etag);
  EXPECT_TRUE(gunzip(text_of(two)).starts_with("http://b/r:line 0\n"));
}

TEST_F(RenditionsTest, WhatIsNoDocumentIsAnErrorInEveryForm) {
  for (const auto& whom : {packed, plain}) {
    const auto error = expect<Error>(runtime::result_of(start(document("!" + lines(2000)), whom)));
    EXPECT_EQ(error.code, Code::BadPeer);
  }
  EXPECT_EQ(hot.usage().entries, 0U);
}

class RenditionsOnASmallDisk : public RenditionsTest {
 protected:
  RenditionsOnASmallDisk() : RenditionsTest(blobs::SpaceLimit{.bytes = 6'000'000}) {}
};

TEST_F(RenditionsOnASmallDisk, WithoutRoomForASecondFormTheFirstOneIsGiven) {
  std::string digits;
  while (digits.size() < 4'000'000) digits += Sha256::of(std::to_string(digits.size())).hex();
  for (int round = 0; round < 2; ++round) {
    const auto given = make(document(digits), packed);
    EXPECT_EQ(coding_of(given), "");
    EXPECT_TRUE(text_of(given) == "http://a/r:" + digits);
  }
  EXPECT_EQ(times_rendered.load(), 1);
}

}  // namespace
}  // namespace artifactapi::cache
