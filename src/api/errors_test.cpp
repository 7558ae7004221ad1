#include "api/errors.h"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include <string>

namespace artifactapi::api {
namespace {

std::string text_of(const Response& response) {
  return *std::get<cache::Bytes>(response.body);
}

TEST(Errors, EachFailureHasItsStatus) {
  EXPECT_EQ(status_of(Code::Invalid), 400);
  EXPECT_EQ(status_of(Code::Forbidden), 403);
  EXPECT_EQ(status_of(Code::NotFound), 404);
  EXPECT_EQ(status_of(Code::TooLarge), 414);
  for (const auto code : {Code::Unreachable, Code::Cut, Code::Contradicted, Code::BadPeer}) {
    EXPECT_EQ(status_of(code), 502) << to_string(code);
  }
  EXPECT_EQ(status_of(Code::Timeout), 504);
  for (const auto code : {Code::NoSpace, Code::Overloaded, Code::Cancelled}) {
    EXPECT_EQ(status_of(code), 503) << to_string(code);
  }
  EXPECT_EQ(status_of(Code::Io), 500);
  EXPECT_EQ(status_of(Code::Internal), 500);
}

TEST(Errors, TheBodyIsJsonThatHoldsWhateverTheMessageHolds) {
  const auto response = error_response(404, "no \"such\"\n\x01 thing", "id-1");
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.headers.get("Content-Type"), "application/json");
  EXPECT_EQ(response.headers.get("Cache-Control"), "no-store");
  const auto text = text_of(response);
  EXPECT_EQ(response.content_length, text.size());
  const auto body = boost::json::parse(text).at("error");
  EXPECT_EQ(body.at("code").as_string(), "not_found");
  EXPECT_EQ(body.at("message").as_string(), "no \"such\"\n\x01 thing");
  EXPECT_EQ(body.at("request_id").as_string(), "id-1");
}

TEST(Errors, ATypesOwnRootHasBodiesOfItsOwn) {
  const auto body = [](int status, std::string_view word, std::string_view message) {
    return std::to_string(status).append(" ").append(word).append(" ").append(message);
  };
  EXPECT_EQ(text_of(error_response(404, "m", "id", ErrorStyle{body, "GONE"})), "404 GONE m");
  EXPECT_EQ(text_of(error_response(Error{Code::Timeout, "late"}, "id", ErrorStyle{body})), "504  late");
}

TEST(Errors, WhatMayPassSoonSaysWhenToComeBack) {
  for (const auto code : {Code::Overloaded, Code::NoSpace, Code::Unreachable}) {
    EXPECT_EQ(error_response(Error{code, "m"}, "id").headers.get("Retry-After"), "1") << to_string(code);
  }
  for (const auto code : {Code::NotFound, Code::Timeout, Code::Internal}) {
    EXPECT_FALSE(error_response(Error{code, "m"}, "id").headers.has("Retry-After")) << to_string(code);
  }
}

TEST(Errors, AStatusThatIsOnlyPassedOnHasAWordToo) {
  const auto word = [](int status) {
    const auto body = boost::json::parse(text_of(error_response(status, "m", "id")));
    return std::string(body.at("error").at("code").as_string());
  };
  EXPECT_EQ(word(418), "refused");
  EXPECT_EQ(word(507), "failed");
}

}  // namespace
}  // namespace artifactapi::api
