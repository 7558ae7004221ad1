#include "upstream/token_source.h"

#include "runtime/testing/on_loop.h"

#include <gtest/gtest.h>

#include <atomic>
#include <vector>

namespace artifactapi::upstream {
namespace {

using runtime::Loops;
using runtime::Task;

class SetClock final : public Clock {
 public:
  [[nodiscard]] Time now() const override { return Time(Milliseconds(now_.load())); }
  void advance(Milliseconds by) { now_ += by.count(); }

 private:
  std::atomic<Milliseconds::rep> now_{1'700'000'000'000};
};

// Gives "t1", "t2", ... for a hundred seconds each, or what it is told to; may be held back.
class ScriptedExchange final : public TokenExchange {
 public:
  ScriptedExchange(Loops& loops, const Clock& clock) : clock_(clock), bell_(loops) {}

  Task<TokenAnswer> exchange(TokenQuery) override {
    const int number = ++asked;
    bell_.ring();
    const auto open = [this] { return !held.load(); };
    co_await bell_.wait_until(open);
    if (away) co_return Error{Code::Unreachable, "nobody there"};
    if (refusal != 0) co_return TokenRefusal{refusal, {{"Retry-After", "7"}}};
    const auto now = clock_.now();
    co_return Token{Secret("t" + std::to_string(number)), now + Seconds{90}, now + Seconds{100}};
  }

  void release() {
    held = false;
    bell_.ring();
  }
  Task<bool> asked_times(int times) {
    const auto reached = [this, times] { return asked.load() >= times; };
    co_return co_await bell_.wait_until(reached);
  }

  std::atomic<int> asked{0};
  std::atomic<bool> held{false};
  std::atomic<bool> away{false};
  std::atomic<int> refusal{0};

 private:
  const Clock& clock_;
  runtime::Bell bell_;
};

class TokenSourceTest : public ::testing::Test {
 protected:
  TokenSourceTest() { loops.start(); }
  ~TokenSourceTest() override { loops.stop(); }

  static TokenQuery query(const std::string& scope = "repository:a:pull") {
    return TokenQuery{TokenService{http::parse_url("https://auth.test/token").value(), "s"}, scope};
  }
  Task<GrantAnswer> ask(TokenQuery wanted, Milliseconds patience) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    co_return co_await source.get(exchange, std::move(wanted), clock, deadline);
  }
  std::future<GrantAnswer> start(std::size_t loop, TokenQuery wanted = query(),
                                 Milliseconds patience = Milliseconds{60'000}) {
    return runtime::start_on(loops.at(loop), ask(std::move(wanted), patience));
  }
  GrantAnswer get(TokenQuery wanted = query()) { return runtime::result_of(start(0, std::move(wanted))); }
  static std::string token_of(const GrantAnswer& answer) {
    const auto* grant = std::get_if<Grant>(&answer);
    return grant == nullptr ? "none" : grant->token.reveal();
  }
  static Code code_of(const GrantAnswer& answer) { return std::get<Error>(answer).code; }

  Loops loops{3};
  SetClock clock;
  ScriptedExchange exchange{loops, clock};
  TokenSource source{loops};
};

TEST_F(TokenSourceTest, KeepsATokenForItsScopeUntilItIsToBeRenewed) {
  const auto first = get();
  EXPECT_EQ(token_of(first), "t1");
  EXPECT_TRUE(std::get<Grant>(first).fresh);
  clock.advance(Seconds{89});
  EXPECT_FALSE(std::get<Grant>(get()).fresh);
  EXPECT_EQ(token_of(get(query("repository:b:pull"))), "t2");
  clock.advance(Seconds{1});
  EXPECT_EQ(token_of(get()), "t3");
}

TEST_F(TokenSourceTest, ManyOnAllLoopsCauseOneExchange) {
  exchange.held = true;
  std::vector<std::future<GrantAnswer>> askers;
  for (std::size_t i = 0; i < 50; ++i) askers.push_back(start(i % loops.size()));
  ASSERT_TRUE(runtime::run_on(loops.at(0), exchange.asked_times(1)));
  exchange.release();
  for (auto& asker : askers) EXPECT_EQ(token_of(runtime::result_of(std::move(asker))), "t1");
  EXPECT_EQ(exchange.asked, 1);
}

TEST_F(TokenSourceTest, GivesTheOldTokenOutWhileTheNewOneIsOnItsWay) {
  ASSERT_EQ(token_of(get()), "t1");
  clock.advance(Seconds{95});
  exchange.held = true;
  auto renewing = start(1);
  ASSERT_TRUE(runtime::run_on(loops.at(0), exchange.asked_times(2)));
  EXPECT_EQ(token_of(get()), "t1");
  exchange.release();
  EXPECT_EQ(token_of(runtime::result_of(std::move(renewing))), "t2");
}

TEST_F(TokenSourceTest, AFailedRenewalDelaysNobodyUntilTheTokenExpires) {
  ASSERT_EQ(token_of(get()), "t1");
  clock.advance(Seconds{95});
  exchange.away = true;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(token_of(get()), "t1");
  EXPECT_EQ(exchange.asked, 2);
  clock.advance(Seconds{5});
  EXPECT_EQ(code_of(get()), Code::Unreachable);
}

TEST_F(TokenSourceTest, ARefusalEndsTheTokenUnlessItIsForTooMany) {
  ASSERT_EQ(token_of(get()), "t1");
  clock.advance(Seconds{95});
  exchange.refusal = 429;
  EXPECT_EQ(token_of(get()), "t1");
  clock.advance(Seconds{5});
  const auto too_many = get();
  EXPECT_EQ(std::get<TokenRefusal>(too_many).status, 429);
  EXPECT_EQ(std::get<TokenRefusal>(too_many).headers.get("Retry-After"), "7");
  exchange.refusal = 0;
  ASSERT_EQ(token_of(get()), "t4");
  clock.advance(Seconds{95});
  exchange.refusal = 403;
  EXPECT_EQ(std::get<TokenRefusal>(get()).status, 403);
  EXPECT_EQ(std::get<TokenRefusal>(get()).status, 403);
}

TEST_F(TokenSourceTest, ARejectedTokenIsNotGivenOutAgainButItsSuccessorIs) {
  const auto first = std::get<Grant>(get());
  source.reject(query(), first.token);
  EXPECT_EQ(token_of(get()), "t2");
  source.reject(query(), first.token);
  EXPECT_EQ(token_of(get()), "t2");
}

TEST_F(TokenSourceTest, AServiceThatIsAwayIsAskedOnceASecond) {
  exchange.away = true;
  for (int i = 0; i < 20; ++i) EXPECT_EQ(code_of(get()), Code::Unreachable);
  EXPECT_EQ(exchange.asked, static_cast<int>(Breaker::kThreshold));
  exchange.away = false;
  clock.advance(Breaker::kProbeEvery);
  EXPECT_EQ(token_of(get()), "t6");
}

TEST_F(TokenSourceTest, WaitingEndsAtTheDeadlineAndTheTokenIsForThoseWhoCanWait) {
  exchange.held = true;
  auto patient = start(0);
  ASSERT_TRUE(runtime::run_on(loops.at(0), exchange.asked_times(1)));
  EXPECT_EQ(code_of(runtime::result_of(start(1, query(), Milliseconds{5}))), Code::Timeout);
  exchange.release();
  EXPECT_EQ(token_of(runtime::result_of(std::move(patient))), "t1");
}

TEST_F(TokenSourceTest, KeepsABoundedNumberAndForgetsTheOneNotUsedForLongest) {
  for (std::size_t i = 0; i < TokenSource::kMaxTokens; ++i) get(query("scope" + std::to_string(i)));
  const int most = static_cast<int>(TokenSource::kMaxTokens);
  ASSERT_EQ(exchange.asked, most);
  EXPECT_EQ(token_of(get(query("scope0"))), "t1");
  get(query("one more"));
  EXPECT_EQ(token_of(get(query("scope0"))), "t1");
  EXPECT_EQ(exchange.asked, most + 1);
  EXPECT_EQ(token_of(get(query("scope1"))), "t" + std::to_string(most + 2));
}

}  // namespace
}  // namespace artifactapi::upstream
