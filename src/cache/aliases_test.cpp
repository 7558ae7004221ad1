#include "cache/aliases.h"

#include <gtest/gtest.h>

#include <vector>

namespace artifactapi::cache {
namespace {

using Coding = Audience::Coding;

constexpr Time kNow{Milliseconds{1'000'000}};

std::shared_ptr<Ready> ready_of(std::size_t size, Time expires = Time::max()) {
  auto ready = std::make_shared<Ready>();
  ready->body = std::make_shared<const std::string>(size, 'x');
  ready->expires_at = expires;
  ready->row = std::make_shared<const catalog::Row>();
  return ready;
}

std::shared_ptr<Ready> ready_for(Audience audience, std::string content_type = {}) {
  auto ready = ready_of(1);
  catalog::Row row;
  row.content_type = std::move(content_type);
  ready->row = std::make_shared<const catalog::Row>(std::move(row));
  ready->audience = std::make_unique<const Audience>(std::move(audience));
  return ready;
}

http::HeadSummary head(std::string_view target) {
  http::HeadSummary head;
  head.target = target;
  return head;
}

http::HeadSummary with(std::string_view accept, std::string_view accept_encoding) {
  auto summary = head("/t");
  summary.accept = accept;
  summary.accept_encoding = accept_encoding;
  return summary;
}

bool is_same(std::string_view accept, std::string_view content_type) {
  return accept == content_type;
}

TEST(Aliases, FindWhatIsAliveAndForgetTheRest) {
  Aliases aliases;
  auto ready = ready_of(1);
  aliases.remember("/api/r/k", ready);
  EXPECT_EQ(aliases.find(head("/api/r/k"), kNow), ready);
  EXPECT_EQ(aliases.find(head("/api/r/other"), kNow), nullptr);
  ready->alive = false;
  EXPECT_EQ(aliases.find(head("/api/r/k"), kNow), nullptr);
}

TEST(Aliases, DoNotServeWhatHasExpired) {
  Aliases aliases;
  auto ready = ready_of(1, kNow);
  aliases.remember("/t", ready);
  EXPECT_EQ(aliases.find(head("/t"), kNow), nullptr);
}

TEST(Aliases, DoNotServeWhatIsSpoilt) {
  Aliases aliases;
  auto ready = ready_of(1);
  auto file = std::make_shared<const File>();
  ready->file = file;
  aliases.remember("/t", ready);
  EXPECT_EQ(aliases.find(head("/t"), kNow), ready);
  file->mark_spoilt();
  EXPECT_EQ(aliases.find(head("/t"), kNow), nullptr);
}

TEST(Aliases, DoNotKeepAnAnswerThatTheCacheLetGo) {
  Aliases aliases;
  std::weak_ptr<const Ready> watched;
  {
    auto ready = ready_of(1);
    watched = ready;
    aliases.remember("/t", ready);
  }
  EXPECT_TRUE(watched.expired());
  EXPECT_EQ(aliases.find(head("/t"), kNow), nullptr);
}

TEST(Aliases, ForgetAllWhenThereAreTooMany) {
  Aliases aliases;
  auto ready = ready_of(1);
  const std::string padding(8000, 'x');
  const auto target = [&padding](std::size_t i) { return "/" + std::to_string(i) + padding; };
  const auto most = Aliases::kMostBytes / target(0).size() + 1;
  for (std::size_t i = 0; i <= most; ++i) aliases.remember(target(i), ready);
  EXPECT_EQ(aliases.find(head(target(0)), kNow), nullptr);
  EXPECT_EQ(aliases.find(head(target(most)), kNow), ready);
}

TEST(Aliases, ClientsOfOneTargetEachFindTheirAnswer) {
  Aliases aliases;
  const auto one = [](const char* type, Coding coding) {
    return ready_for({.suits = is_same, .host = {}, .coding = coding}, type);
  };
  const std::vector<std::shared_ptr<Ready>> answers{one("a/a", Coding::Gzip), one("a/a", Coding::NotGzip),
                                                    one("b/b", Coding::Gzip), one("b/b", Coding::NotGzip)};
  for (const auto& answer : answers) aliases.remember("/t", answer);
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(aliases.find(with("a/a", "gzip"), kNow), answers[0]);
    EXPECT_EQ(aliases.find(with("a/a", ""), kNow), answers[1]);
    EXPECT_EQ(aliases.find(with("b/b", "br, gzip;q=0.1"), kNow), answers[2]);
    EXPECT_EQ(aliases.find(with("b/b", "gzip;q=0"), kNow), answers[3]);
    EXPECT_EQ(aliases.find(with("c/c", "gzip"), kNow), nullptr);
    aliases.remember("/t", answers[1]);
  }
  answers[0]->alive = false;
  EXPECT_EQ(aliases.find(with("a/a", "gzip"), kNow), nullptr);
  EXPECT_EQ(aliases.find(with("b/b", "gzip"), kNow), answers[2]) << "the others stay";
  const auto again = one("a/a", Coding::Gzip);
  aliases.remember("/t", again);
  EXPECT_EQ(aliases.find(with("a/a", "gzip"), kNow), again);
  EXPECT_EQ(aliases.find(with("a/a", ""), kNow), answers[1]) << "it took the place of the one that ended";
}

TEST(Aliases, TheNumberOfAnswersIsBounded) {
  Aliases aliases;
  std::vector<std::shared_ptr<Ready>> answers;
  for (std::size_t i = 0; i < 10; ++i) {
    answers.push_back(ready_for({.suits = is_same, .host = {}}, std::to_string(i)));
    aliases.remember("/t", answers.back());
  }
  std::size_t found = 0;
  for (std::size_t i = 0; i < 10; ++i) found += aliases.find(with(std::to_string(i), ""), kNow) ? 1 : 0;
  EXPECT_EQ(found, Aliases::kMostAnswers);
  EXPECT_EQ(aliases.find(with("9", ""), kNow), answers[9]);
}

TEST(Aliases, AnAnswerForEverybodyIsTheOnlyOne) {
  Aliases aliases;
  const auto some = ready_for({.suits = is_same, .host = {}}, "a/a");
  const auto more = ready_for({.suits = is_same, .host = {}}, "b/b");
  aliases.remember("/t", some);
  aliases.remember("/t", more);
  const auto all = ready_of(1);
  aliases.remember("/t", all);
  for (const auto* accept : {"a/a", "b/b", ""}) EXPECT_EQ(aliases.find(with(accept, ""), kNow), all);
}

TEST(IsFor, AHostIsWhatTheClientCalledUs) {
  const Audience audience{.suits = nullptr, .host = "one.test"};
  auto summary = head("/t");
  summary.host = "one.test";
  EXPECT_TRUE(is_for(audience, "", summary));
  summary.has_forwarded = true;
  EXPECT_FALSE(is_for(audience, "", summary)) << "a proxy may say otherwise";
  summary.has_forwarded = false;
  summary.host = "two.test";
  EXPECT_FALSE(is_for(audience, "", summary));
}

}  // namespace
}  // namespace artifactapi::cache
