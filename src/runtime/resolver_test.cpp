#include "runtime/resolver.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <gmock/gmock.h>

#include <atomic>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace artifactapi::runtime {
namespace {

using Answer = Result<Addresses>;

Addresses address(const char* text) {
  return {boost::asio::ip::make_address(text)};
}

// Look-ups that wait until the test answers them.
class HeldLookUps {
 public:
  Answer operator()(const std::string&) {
    std::promise<Answer> promise;
    auto answer = promise.get_future();
    {
      const std::lock_guard lock(mutex_);
      held_.push_back(std::move(promise));
    }
    ++asked;
    return answer.get();
  }
  void await(int count) const {
    while (asked < count) std::this_thread::yield();
  }
  void answer(std::size_t index, Answer answer) {
    const std::lock_guard lock(mutex_);
    held_[index].set_value(std::move(answer));
  }
  std::atomic<int> asked{0};

 private:
  std::mutex mutex_;
  std::vector<std::promise<Answer>> held_;
};

class ResolverTest : public ::testing::Test {
 protected:
  ResolverTest() { loops.start(); }

  Resolver& make(Resolver::LookUp look_up, ResolverLimits limits = {}, std::size_t threads = 2) {
    resolver = std::make_unique<Resolver>(loops, threads, std::move(look_up), limits);
    return *resolver;
  }
  std::future<Answer> ask(const std::string& host, std::size_t loop = 0, Deadline deadline = kNoDeadline) {
    return boost::asio::co_spawn(loops.at(loop).context(), resolver->resolve(host, deadline),
                                 boost::asio::use_future);
  }
  static Deadline in(Milliseconds span) { return std::chrono::steady_clock::now() + span; }

  Loops loops{2};
  std::unique_ptr<Resolver> resolver;
};

TEST_F(ResolverTest, AnswersLiteralsWithoutAsking) {
  make([](const std::string&) -> Answer { return fail(Code::Internal, "asked"); });
  EXPECT_EQ(ask("192.0.2.1").get(), address("192.0.2.1"));
  EXPECT_EQ(ask("2001:db8::1").get(), address("2001:db8::1"));
}

TEST_F(ResolverTest, KeepsAnAnswer) {
  std::atomic<int> asked{0};
  make([&](const std::string&) -> Answer { return ++asked, address("192.0.2.1"); });
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ask("a.test").get(), address("192.0.2.1"));
  EXPECT_EQ(asked, 1);
  EXPECT_TRUE(ask("b.test").get());
  EXPECT_EQ(asked, 2);
}

TEST_F(ResolverTest, KnowsAtOnceWhatItMayStillUse) {
  make([](const std::string&) -> Answer { return address("192.0.2.1"); }, {.kept = Milliseconds{20}});
  EXPECT_EQ(resolver->known("2001:db8::1"), address("2001:db8::1"));
  EXPECT_EQ(resolver->known("a.test"), std::nullopt);
  EXPECT_TRUE(ask("a.test").get());
  EXPECT_THAT(resolver->known("a.test"), ::testing::AnyOf(std::nullopt, address("192.0.2.1")));
  while (resolver->known("a.test")) std::this_thread::yield();
  make([](const std::string&) -> Answer { return address("192.0.2.1"); });
  EXPECT_TRUE(ask("a.test").get());
  EXPECT_EQ(resolver->known("a.test"), address("192.0.2.1"));
  resolver->stop();
  EXPECT_EQ(resolver->known("a.test"), std::nullopt);
}

TEST_F(ResolverTest, AsksOnceForAllWhoWaitOnAllLoops) {
  HeldLookUps look_ups;
  make(std::ref(look_ups));
  std::vector<std::future<Answer>> waiting;
  for (std::size_t i = 0; i < 20; ++i) waiting.push_back(ask("a.test", i % 2));
  look_ups.await(1);
  look_ups.answer(0, address("192.0.2.1"));
  for (auto& one : waiting) EXPECT_EQ(one.get(), address("192.0.2.1"));
  EXPECT_EQ(look_ups.asked, 1);
}

TEST_F(ResolverTest, AWaiterGivesUpWhileTheLookUpGoesOn) {
  HeldLookUps look_ups;
  make(std::ref(look_ups));
  const auto late = ask("a.test", 0, in(Milliseconds(20))).get();
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Code::Timeout);
  auto second = ask("a.test", 1);
  look_ups.answer(0, address("192.0.2.1"));
  EXPECT_EQ(second.get(), address("192.0.2.1"));
  EXPECT_EQ(look_ups.asked, 1);
}

TEST_F(ResolverTest, AFailureIsNotKept) {
  std::atomic<int> asked{0};
  make([&](const std::string&) -> Answer {
    if (++asked == 1) return fail(Code::Unreachable, "no such name");
    return address("192.0.2.1");
  });
  EXPECT_EQ(ask("a.test").get().error().code, Code::Unreachable);
  EXPECT_TRUE(ask("a.test").get());
}

TEST_F(ResolverTest, ServesTheLastGoodAnswerWhileTheResolverFails) {
  std::atomic<int> asked{0};
  ResolverLimits limits;
  limits.kept = Milliseconds(0);
  limits.kept_after_failure = Milliseconds(0);
  make(
      [&](const std::string&) -> Answer {
        if (++asked == 2) return fail(Code::Unreachable, "server failure");
        return address(asked == 1 ? "192.0.2.1" : "192.0.2.3");
      },
      limits);
  EXPECT_EQ(ask("a.test").get(), address("192.0.2.1"));
  EXPECT_EQ(ask("a.test").get(), address("192.0.2.1"));
  EXPECT_EQ(ask("a.test").get(), address("192.0.2.3"));
}

TEST_F(ResolverTest, DoesNotWaitLongForANewAnswerWhenItHasAnOldOne) {
  HeldLookUps look_ups;
  ResolverLimits limits;
  limits.kept = Milliseconds(0);
  limits.patience = Milliseconds(10);
  make(std::ref(look_ups), limits);
  auto first = ask("a.test");
  look_ups.await(1);
  look_ups.answer(0, address("192.0.2.1"));
  ASSERT_TRUE(first.get());
  EXPECT_EQ(ask("a.test").get(), address("192.0.2.1"));
  look_ups.await(2);
  look_ups.answer(1, address("192.0.2.2"));
}

TEST_F(ResolverTest, BoundsLookUpsAndAnswers) {
  HeldLookUps look_ups;
  ResolverLimits limits;
  limits.look_ups = 1;
  limits.hosts = 1;
  make(std::ref(look_ups), limits);
  auto first = ask("a.test");
  look_ups.await(1);
  EXPECT_EQ(ask("b.test").get().error().code, Code::Overloaded);
  look_ups.answer(0, address("192.0.2.1"));
  EXPECT_TRUE(first.get());
  auto other = ask("b.test");
  look_ups.await(2);
  look_ups.answer(1, address("192.0.2.2"));
  EXPECT_TRUE(other.get());
  auto forgotten = ask("a.test");
  look_ups.await(3);
  look_ups.answer(2, address("192.0.2.1"));
  EXPECT_TRUE(forgotten.get());
}

TEST_F(ResolverTest, StopsAtOnceThoughALookUpIsStuck) {
  HeldLookUps look_ups;
  make(std::ref(look_ups));
  auto waiting = ask("a.test");
  look_ups.await(1);
  const auto begin = std::chrono::steady_clock::now();
  resolver->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(2));
  EXPECT_EQ(waiting.get().error().code, Code::Cancelled);
  EXPECT_EQ(ask("b.test").get().error().code, Code::Cancelled);
  look_ups.answer(0, address("192.0.2.1"));
  resolver->stop();  // waits for the thread, which uses look_ups
}

TEST_F(ResolverTest, AsksTheSystem) {
  resolver = std::make_unique<Resolver>(loops, 1);
  const auto local = ask("localhost").get();
  ASSERT_TRUE(local) << local.error().message;
  EXPECT_TRUE(local->front().is_loopback());
  EXPECT_EQ(ask("no.such.name.invalid.").get().error().code, Code::Unreachable);
}

}  // namespace
}  // namespace artifactapi::runtime
