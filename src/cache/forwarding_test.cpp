#include "cache/forwarding.h"

#include "cache/testing/cache_fixture.h"

#include <gtest/gtest.h>

namespace artifactapi::cache {
namespace {

http::Request post(std::string body, http::Headers headers = {}) {
  http::Request request;
  request.method = http::Method::Post;
  request.headers = std::move(headers);
  request.body = std::make_shared<const std::string>(std::move(body));
  return request;
}

formats::Plan plan_of(std::string key) {
  formats::Plan plan;
  plan.access = formats::Access::Allowed;
  plan.key = std::move(key);
  plan.forward = true;
  return plan;
}

TEST(ForwardedAsk, TakesAlongWhatDescribesTheBodyAndNothingOfTheClient) {
  const auto request = post("bytes", {{"Host", "us.test"},
                                      {"Content-Type", "application/json"},
                                      {"Content-Encoding", "gzip"},
                                      {"Content-Length", "5"},
                                      {"Accept", "a/b"},
                                      {"Accept", "c/d"},
                                      {"Accept-Encoding", "gzip"},
                                      {"Authorization", "Bearer secret"},
                                      {"Cookie", "secret"},
                                      {"User-Agent", "npm/10"},
                                      {"npm-session", "1"},
                                      {"X-Forwarded-For", "10.0.0.1"}});
  const auto ask = forwarded_ask(plan_of("-/audit"), request);
  EXPECT_EQ(ask.method, upstream::Method::Post);
  EXPECT_EQ(ask.target, "-/audit");
  EXPECT_EQ(ask.body, request.body) << "the same bytes, not a copy";
  std::string fields;
  ask.headers.append_to(fields);
  EXPECT_EQ(fields, "Accept: a/b, c/d\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n");
}

TEST(ForwardedAsk, ThePlanSaysWhatIsAccepted) {
  auto plan = plan_of("key");
  plan.target = "elsewhere?x=1";
  plan.accept = "a/b";
  const auto ask = forwarded_ask(plan, post("", {{"Accept", "c/d"}}));
  EXPECT_EQ(ask.target, "elsewhere?x=1");
  EXPECT_EQ(ask.headers.joined("Accept"), "a/b");
}

TEST(ForwardedAsk, OnlyAPostHasABody) {
  auto request = post("bytes", {{"Content-Type", "a/b"}});
  for (const auto& [method, asked] : {std::pair{http::Method::Get, upstream::Method::Get},
                                      std::pair{http::Method::Head, upstream::Method::Head}}) {
    request.method = method;
    const auto ask = forwarded_ask(plan_of("key"), request);
    EXPECT_EQ(ask.method, asked);
    EXPECT_EQ(ask.body, nullptr);
    EXPECT_FALSE(ask.headers.has("Content-Type"));
  }
  EXPECT_FALSE(can_be_forwarded(http::Method::Put));
  EXPECT_FALSE(can_be_forwarded(http::Method::Delete));
}

TEST(InsteadOfAnswer, IsNothingForWhatUpstreamTellsTheClient) {
  for (const int status : {200, 201, 204, 400, 404, 410, 418, 422}) {
    EXPECT_FALSE(instead_of_answer(status, {}, Time{}, {})) << status;
  }
}

TEST(InsteadOfAnswer, HidesWhatIsBetweenUpstreamAndUs) {
  const http::Headers fields{{"Retry-After", "7"}, {"WWW-Authenticate", "Basic"}, {"X-Quota", "1"}};
  const std::string_view quota[] = {"X-Quota"};
  for (const auto& [theirs, ours] : {std::pair{401, 403}, {403, 403}, {429, 429}}) {
    const auto instead = instead_of_answer(theirs, fields, Time{}, quota);
    ASSERT_TRUE(instead) << theirs;
    const auto& refusal = std::get<Refusal>(*instead);
    EXPECT_EQ(refusal.status, ours);
    EXPECT_EQ(refusal.headers.get("Retry-After"), "7");
    EXPECT_FALSE(refusal.headers.has("WWW-Authenticate"));
    EXPECT_EQ(refusal.headers.has("X-Quota"), theirs == 429);
  }
  for (const int status : {304, 300, 500, 503, 599}) {
    const auto instead = instead_of_answer(status, {}, Time{}, {});
    ASSERT_TRUE(instead) << status;
    EXPECT_EQ(std::get<Error>(*instead).code, Code::BadPeer);
  }
}

class ForwardTest : public CacheTest {
 protected:
  ForwardAnswer ask(std::string body) {
    auto question = forwarded_ask(plan_of("-/audit"), post(std::move(body)));
    return runtime::run_on(loops.at(0), forward(services, profile(), std::move(question)));
  }
  std::string read(const Forwarded& forwarded) {
    std::string bytes;
    for (;;) {
      auto piece = runtime::run_on(loops.at(0), forwarded.relay->next());
      EXPECT_TRUE(piece) << piece.error().message;
      if (!piece || piece->empty()) return bytes;
      bytes += *piece;
    }
  }
};

TEST_F(ForwardTest, GivesEachQuestionItsOwnAnswerAndKeepsNone) {
  upstream.add("first", {{"Content-Type", "application/json"}, {"Set-Cookie", "a=b"}, {"ETag", "\"1\""}});
  upstream.add("second");
  auto first = ask("one");
  auto second = ask("two");
  const auto& forwarded = std::get<Forwarded>(first);
  EXPECT_EQ(forwarded.status, 200);
  EXPECT_EQ(forwarded.length, 5U);
  std::string fields;
  forwarded.headers.append_to(fields);
  EXPECT_EQ(fields, "Content-Type: application/json\r\n");
  EXPECT_EQ(read(std::get<Forwarded>(second)), "second");
  EXPECT_EQ(read(forwarded), "first");
  EXPECT_EQ(*upstream.asked().at(1).body, "two");
  settle();
  EXPECT_FALSE(row_of("-/audit"));
  EXPECT_EQ(hot.usage().entries, 0U);
}

TEST_F(ForwardTest, WhatUpstreamSaysAgainstItComesWithItsBody) {
  ScriptedAnswer answer;
  answer.status = 400;
  answer.body = upstream.make_body("too many");
  upstream.add(std::move(answer));
  auto refused = ask("x");
  EXPECT_EQ(std::get<Forwarded>(refused).status, 400);
  EXPECT_EQ(read(std::get<Forwarded>(refused)), "too many");
}

TEST_F(ForwardTest, AFailureIsAnErrorAndNothingIsAskedAgain) {
  upstream.add_failure(Code::Cut);
  auto failed = ask("x");
  EXPECT_EQ(std::get<Error>(failed).code, Code::Cut);
  upstream.add_status(503);
  auto broken = ask("x");
  EXPECT_EQ(std::get<Error>(broken).code, Code::BadPeer);
  EXPECT_EQ(upstream.times_asked(), 2U);
}

}  // namespace
}  // namespace artifactapi::cache
