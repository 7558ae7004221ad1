#include "api/artifact_response.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace artifactapi::api {
namespace {

using cache::Outcome;
using http::ByteRange;

constexpr Time kNow{Seconds{1'700'000'000}};
constexpr const char* kModified = "Tue, 14 Nov 2023 22:13:20 GMT";
const std::string kBytes = "0123456789";

catalog::Row stored_row() {
  catalog::Row row;
  row.repository = "r";
  row.key = "pool/a.deb";
  row.size = kBytes.size();
  row.etag = "\"v1\"";
  row.last_modified = kModified;
  row.content_type = "application/x-test";
  row.requested_at = kNow - Seconds{90};
  row.expires_at = Time::max();
  return row;
}

const catalog::Row kRow = stored_row();
const Representation kWhole{kRow, Outcome::Hit, kBytes.size()};
const Representation kGrowing{kRow, Outcome::Miss, std::nullopt};

http::Request request(http::Headers headers, http::Method method = http::Method::Get) {
  http::Request made;
  made.method = method;
  made.headers = std::move(headers);
  return made;
}

cache::Piece take(ByteRange range) {
  return std::make_shared<const std::string>(kBytes.substr(range.first, range.length()));
}

std::string text_of(const cache::PiecesBody& body) {
  std::string text;
  for (const auto& piece : body.pieces) text += *std::get<cache::Bytes>(piece);
  return text;
}

TEST(PreconditionResponse, ThereIsNoneWithoutConditions) {
  EXPECT_FALSE(precondition_response(request({}), kWhole, kNow));
  EXPECT_FALSE(precondition_response(request({{"If-None-Match", "\"v2\""}}), kWhole, kNow));
}

TEST(PreconditionResponse, TheSameTagIsNotModified) {
  const auto response = precondition_response(request({{"If-None-Match", "W/\"v1\""}}), kWhole, kNow);
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 304);
  EXPECT_EQ(response->headers.get("ETag"), "\"v1\"");
  EXPECT_EQ(response->headers.get("Cache-Control"), "max-age=86400");
  EXPECT_TRUE(std::holds_alternative<cache::EmptyBody>(response->body));
}

TEST(PreconditionResponse, AnUnchangedDateIsNotModified) {
  EXPECT_EQ(precondition_response(request({{"If-Modified-Since", kModified}}), kWhole, kNow)->status, 304);
}

TEST(PreconditionResponse, ADemandForAnotherTagFails) {
  EXPECT_EQ(precondition_response(request({{"If-Match", "\"v2\""}}), kWhole, kNow)->status, 412);
}

TEST(AskedRanges, AreThoseOfAGetThatKnowsTheLength) {
  const http::Headers range{{"Range", "bytes=2-4"}};
  const auto asked = asked_ranges(request(range), kWhole);
  EXPECT_EQ(std::get<std::vector<ByteRange>>(asked), (std::vector<ByteRange>{{2, 4}}));
  const auto whole = [](const http::ResolvedRanges& ranges) {
    return std::holds_alternative<http::WholeRepresentation>(ranges);
  };
  EXPECT_TRUE(whole(asked_ranges(request({}), kWhole)));
  EXPECT_TRUE(whole(asked_ranges(request(range, http::Method::Head), kWhole)));
  EXPECT_TRUE(whole(asked_ranges(request(range), kGrowing))) << "the length is not known";
  EXPECT_TRUE(whole(asked_ranges(request({{"Range", "lines=2-4"}}), kWhole)));
}

TEST(AskedRanges, AreObeyedOnlyForTheVersionTheClientHas) {
  const auto ranges = [](const char* condition) {
    return asked_ranges(request({{"Range", "bytes=2-4"}, {"If-Range", condition}}), kWhole).index();
  };
  const auto all = asked_ranges(request({}), kWhole).index();
  EXPECT_NE(ranges("\"v1\""), all);
  EXPECT_NE(ranges(kModified), all);
  EXPECT_EQ(ranges("\"v2\""), all);
  EXPECT_EQ(ranges("W/\"v1\""), all) << "weak tags do not do for ranges";
}

TEST(AskedRanges, MayNotExist) {
  const auto asked = asked_ranges(request({{"Range", "bytes=10-"}}), kWhole);
  EXPECT_TRUE(std::holds_alternative<http::Unsatisfiable>(asked));
}

TEST(WholeResponse, TellsTheLengthIfItIsKnown) {
  const auto response = whole_response(kWhole, kNow);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.content_length, kBytes.size());
  EXPECT_EQ(response.outcome, Outcome::Hit);
  EXPECT_EQ(response.headers.get("X-Artifact-Source"), "cache");
  EXPECT_FALSE(whole_response(kGrowing, kNow).content_length);
}

TEST(WholeResponse, HasAnAgeUnlessItComesFromUpstreamJustNow) {
  EXPECT_EQ(whole_response(kWhole, kNow).headers.get("Age"), "90");
  EXPECT_EQ(whole_response(kWhole, kNow - Seconds{1000}).headers.get("Age"), "0") << "the clock was set back";
  EXPECT_FALSE(whole_response(kGrowing, kNow).headers.has("Age"));
}

TEST(PartialResponse, OfOneRangeIsThatPart) {
  const auto response = partial_response(kWhole, {{2, 4}}, take, kNow);
  EXPECT_EQ(response.status, 206);
  EXPECT_EQ(response.headers.get("Content-Range"), "bytes 2-4/10");
  EXPECT_EQ(response.headers.get("Content-Type"), "application/x-test");
  EXPECT_EQ(response.headers.get("ETag"), "\"v1\"");
  EXPECT_EQ(response.content_length, 3U);
  EXPECT_EQ(*std::get<cache::Bytes>(response.body), "234");
}

TEST(PartialResponse, OfSeveralRangesIsMultipartOfTheLengthItTells) {
  const auto response = partial_response(kWhole, {{0, 1}, {8, 9}}, take, kNow);
  EXPECT_EQ(response.status, 206);
  EXPECT_FALSE(response.headers.has("Content-Range"));
  const std::string type(*response.headers.get("Content-Type"));
  const std::string prefix = "multipart/byteranges; boundary=";
  ASSERT_TRUE(type.starts_with(prefix));
  const auto boundary = type.substr(prefix.size());
  const auto text = text_of(std::get<cache::PiecesBody>(response.body));
  const auto head = "\r\n--" + boundary + "\r\nContent-Type: application/x-test\r\nContent-Range: bytes ";
  EXPECT_EQ(text, head + "0-1/10\r\n\r\n01" + head + "8-9/10\r\n\r\n89\r\n--" + boundary + "--\r\n");
  EXPECT_EQ(response.content_length, text.size());
}

TEST(UnsatisfiableResponse, TellsTheSizeThereIs) {
  const auto response = unsatisfiable_response(kWhole, "id");
  EXPECT_EQ(response.status, 416);
  EXPECT_EQ(response.headers.get("Content-Range"), "bytes */10");
}

}  // namespace
}  // namespace artifactapi::api
