#include "cache/policy.h"

#include <gtest/gtest.h>

namespace artifactapi::cache {
namespace {

constexpr Time kNow{Milliseconds{1'700'000'000'000}};

Rules rules() {
  Rules rules;
  rules.ttl.mutable_ttl = Seconds{100};
  return rules;
}

formats::Plan plan(formats::Mutability mutability, bool builtin = false) {
  formats::Plan plan;
  plan.mutability = mutability;
  plan.builtin = builtin;
  return plan;
}

const auto kMutable = plan(formats::Mutability::Mutable);
const auto kImmutable = plan(formats::Mutability::Immutable);
const auto kBuiltin = plan(formats::Mutability::Mutable, true);

catalog::Row row(Time expires_at, std::string etag = "\"v1\"") {
  catalog::Row row;
  row.expires_at = expires_at;
  row.upstream_etag = std::move(etag);
  return row;
}

std::optional<Question> asks(const Rules& rules, const formats::Plan& plan, const catalog::Row* row,
                             Time now = kNow) {
  const auto decision = before_upstream(rules, plan, row, now);
  if (const auto* ask = std::get_if<AskUpstream>(&decision)) return ask->question;
  return std::nullopt;
}

TEST(BeforeUpstream, NothingStoredIsFetched) {
  EXPECT_EQ(asks(rules(), kImmutable, nullptr), Question::Get);
}

TEST(BeforeUpstream, ACopyIsServedUntilTheMillisecondItExpires) {
  const auto stored = row(kNow);
  EXPECT_EQ(asks(rules(), kMutable, &stored, kNow - Milliseconds{1}), std::nullopt);
  EXPECT_EQ(asks(rules(), kMutable, &stored, kNow), Question::Get);
}

TEST(BeforeUpstream, ForEverIsForEver) {
  const auto stored = row(expiry(rules(), kImmutable, kNow));
  EXPECT_EQ(asks(rules(), kImmutable, &stored, kNow + std::chrono::hours{24 * 36500}), std::nullopt);
}

TEST(BeforeUpstream, CheckMutableUpdatesDecidesWhatIsRevalidated) {
  struct Case {
    config::MutableUpdates updates;
    const formats::Plan& plan;
    Question expected;
  };
  using enum config::MutableUpdates;
  for (const auto& c :
       {Case{Never, kMutable, Question::Get}, Case{Never, kBuiltin, Question::Get},
        Case{UserPatterns, kMutable, Question::ConditionalHead}, Case{UserPatterns, kBuiltin, Question::Get},
        Case{All, kBuiltin, Question::ConditionalHead},
        Case{UserPatterns, kImmutable, Question::ConditionalHead}}) {
    auto with = rules();
    with.updates = c.updates;
    const auto stored = row(kNow);
    EXPECT_EQ(asks(with, c.plan, &stored), c.expected) << static_cast<int>(c.updates) << c.plan.builtin;
  }
}

TEST(BeforeUpstream, RevalidatesWithGetWhenTold) {
  auto with = rules();
  with.updates = config::MutableUpdates::UserPatterns;
  with.revalidate_with = config::RevalidateWith::Get;
  const auto stored = row(kNow);
  EXPECT_EQ(asks(with, kMutable, &stored), Question::ConditionalGet);
}

TEST(BeforeUpstream, WithoutAValidatorThereIsNothingToRevalidateWith) {
  auto with = rules();
  with.updates = config::MutableUpdates::All;
  auto stored = row(kNow, "");
  EXPECT_EQ(asks(with, kMutable, &stored), Question::Get);
  stored.last_modified = "Sun, 06 Nov 1994 08:49:37 GMT";
  EXPECT_EQ(asks(with, kMutable, &stored), Question::ConditionalHead);
}

Verdict after(const Rules& with, const formats::Plan& plan, const catalog::Row* row, Question asked,
              Result<int> reply) {
  return after_upstream(with, plan, row, asked, reply, kNow);
}

TEST(AfterUpstream, AGoodAnswerIsStoredForItsTtl) {
  EXPECT_EQ(std::get<Store>(after(rules(), kMutable, nullptr, Question::Get, 200)).expires_at,
            kNow + Seconds{100});
  EXPECT_EQ(std::get<Store>(after(rules(), kImmutable, nullptr, Question::Get, 200)).expires_at, Time::max());
}

TEST(AfterUpstream, A304RenewsOnlyWhatWasAskedAboutAndIsThere) {
  const auto stored = row(kNow);
  EXPECT_EQ(std::get<Renewed>(after(rules(), kMutable, &stored, Question::ConditionalHead, 304)).expires_at,
            kNow + Seconds{100});
  EXPECT_TRUE(
      std::holds_alternative<Renewed>(after(rules(), kMutable, &stored, Question::ConditionalGet, 304)));
  EXPECT_TRUE(std::holds_alternative<Error>(after(rules(), kMutable, &stored, Question::Get, 304)));
  EXPECT_TRUE(
      std::holds_alternative<Error>(after(rules(), kMutable, nullptr, Question::ConditionalGet, 304)));
}

TEST(AfterUpstream, NoStatusToAHeadIsBelievedButA304) {
  const auto stored = row(kNow);
  for (const int status : {200, 206, 302, 401, 403, 404, 405, 410, 429, 500, 503}) {
    EXPECT_TRUE(
        std::holds_alternative<AskNext>(after(rules(), kMutable, &stored, Question::ConditionalHead, status)))
        << status;
  }
}

TEST(AfterUpstream, AnOddAnswerToAHeadLeadsToAGet) {
  const auto stored = row(kNow);
  const auto verdict =
      after(rules(), kMutable, &stored, Question::ConditionalHead, fail(Code::BadPeer, "odd"));
  EXPECT_EQ(std::get<AskNext>(verdict).question, Question::ConditionalGet);
}

TEST(AfterUpstream, NetworkFailuresServeTheCopyAndRenewIt) {
  const auto stored = row(kNow);
  for (const auto code : {Code::Unreachable, Code::Timeout, Code::Cut}) {
    for (const auto asked : {Question::Get, Question::ConditionalGet, Question::ConditionalHead}) {
      const auto verdict = after(rules(), kMutable, &stored, asked, fail(code, "gone"));
      EXPECT_EQ(std::get<ServeStale>(verdict).expires_at, kNow + Seconds{100});
    }
    EXPECT_TRUE(
        std::holds_alternative<Error>(after(rules(), kMutable, nullptr, Question::Get, fail(code, "gone"))));
  }
}

TEST(AfterUpstream, StaleIsRenewedByAtMostStaleRetryAndNeverUnderASecond) {
  const auto stored = row(kNow);
  auto with = rules();
  const auto renewed = [&] {
    return std::get<ServeStale>(after(with, kMutable, &stored, Question::Get, fail(Code::Timeout, "")))
               .expires_at -
           kNow;
  };
  with.ttl.stale_retry = Seconds{30};
  EXPECT_EQ(renewed(), Seconds{30});
  with.ttl.stale_retry = Seconds{3000};
  EXPECT_EQ(renewed(), Seconds{100});
  with.ttl.mutable_ttl = Seconds{0};
  EXPECT_EQ(renewed(), Seconds{1});
}

TEST(AfterUpstream, OtherFailuresAreNoReasonForStale) {
  const auto stored = row(kNow);
  for (const auto code : {Code::BadPeer, Code::Overloaded, Code::Cancelled, Code::Contradicted}) {
    EXPECT_TRUE(
        std::holds_alternative<Error>(after(rules(), kMutable, &stored, Question::Get, fail(code, ""))));
  }
}

TEST(AfterUpstream, HttpErrorsAreAnswersAndNotOutages) {
  const auto stored = row(kNow);
  struct Case {
    int status;
    int passed_on;
    bool ends_copy;
  };
  for (const auto& c : {Case{404, 404, true}, Case{410, 404, true}, Case{401, 403, false},
                        Case{403, 403, false}, Case{429, 429, false}, Case{451, 451, false}}) {
    const auto verdict = std::get<PassOn>(after(rules(), kMutable, &stored, Question::Get, c.status));
    EXPECT_EQ(verdict.status, c.passed_on) << c.status;
    EXPECT_EQ(verdict.ends_copy, c.ends_copy) << c.status;
  }
  for (const int status : {500, 502, 503, 206, 204, 302}) {
    EXPECT_TRUE(std::holds_alternative<Error>(after(rules(), kMutable, &stored, Question::Get, status)))
        << status;
  }
}

TEST(AfterUpstream, StaleOnWidensIt) {
  const auto stored = row(kNow);
  auto with = rules();
  with.stale_on.add(429);
  with.stale_on.add_class(5);
  EXPECT_TRUE(std::holds_alternative<ServeStale>(after(with, kMutable, &stored, Question::Get, 429)));
  EXPECT_TRUE(std::holds_alternative<ServeStale>(after(with, kMutable, &stored, Question::Get, 503)));
  EXPECT_TRUE(std::holds_alternative<PassOn>(after(with, kMutable, &stored, Question::Get, 404)));
  EXPECT_TRUE(std::holds_alternative<PassOn>(after(with, kMutable, nullptr, Question::Get, 429)));
}

TEST(UnderRules, ARowStoredUnderALongerTtlRunsOutByTheNewOne) {
  Rules rules;
  rules.ttl.mutable_ttl = Seconds{10};
  formats::Plan plan;
  plan.mutability = formats::Mutability::Mutable;
  const Time begun{Seconds{1000}};
  auto row = std::make_shared<catalog::Row>();
  row->requested_at = row->stored_at = begun;
  row->expires_at = Time::max();
  EXPECT_EQ(under_rules(rules, plan, row)->expires_at, begun + Seconds{10});
  row->requested_at = begun + Seconds{5};  // revalidated
  EXPECT_EQ(under_rules(rules, plan, row)->expires_at, begun + Seconds{15});
  row->expires_at = begun + Seconds{7};
  EXPECT_EQ(under_rules(rules, plan, row), row) << "never longer";
  row->expires_at = Time::max();
  row->stale = true;
  EXPECT_EQ(under_rules(rules, plan, row), row) << "a stale copy has its own time";
  EXPECT_EQ(under_rules(rules, plan, nullptr), nullptr);
}

}  // namespace
}  // namespace artifactapi::cache
