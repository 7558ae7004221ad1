#include "cache/fill.h"

#include "cache/testing/noted_transfer.h"
#include "runtime/testing/on_loop.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>

namespace artifactapi::cache {
namespace {

using Steady = std::chrono::steady_clock;
using Phase = Fill::Phase;
using runtime::Task;

constexpr std::uint64_t kMiB = 1U << 20U;

RowPtr row_of_size(std::uint64_t size) {
  auto row = std::make_shared<catalog::Row>();
  row->size = size;
  return row;
}

Whole whole_of_size(std::uint64_t size) {
  return Whole{row_of_size(size), nullptr, nullptr, Outcome::Miss};
}

class FillTest : public ::testing::Test {
 protected:
  FillTest() {
    loops.start();
    fill = on_home([this] { return std::make_shared<Fill>(loops, "r\nk"); });
  }
  // Runs `work` on the fill's home loop, as its only writer does.
  template <class Work>
  auto on_home(Work work) -> std::invoke_result_t<Work> {
    auto task = [](Work inner) -> Task<std::invoke_result_t<Work>> { co_return inner(); };
    return runtime::run_on(loops.at(0), task(std::move(work)));
  }
  void announce(std::optional<std::uint64_t> length) {
    on_home([&] { return fill->announce(row_of_size(0), length), 0; });
  }
  void receive(std::uint64_t bytes) {
    on_home([&] { return fill->received(bytes, file), 0; });
  }
  void settle(Settlement settlement) {
    on_home([&] { return fill->settle(std::move(settlement)), 0; });
  }
  std::future<Progress> progress(FillFollower& follower, std::uint64_t position, std::size_t loop = 1,
                                 runtime::Deadline deadline = runtime::kNoDeadline) {
    return runtime::start_on(loops.at(loop), follower.progress(position, deadline));
  }
  // Whether the transfer of a fill of that length, with so much received, is given up after so long.
  bool given_up(std::optional<std::uint64_t> length, std::uint64_t received, std::chrono::seconds after) {
    NotedTransfer transfer;
    announce(length);
    receive(received);
    on_home([&] { return fill->set_transfer(&transfer), 0; });
    {
      const Fill::Interest left(fill);
    }
    fill->give_up_if_unwanted(Steady::now() + after);
    on_home([&] { return fill->set_transfer(nullptr), 0; });
    return transfer.cancelled;
  }

  runtime::Loops loops{2};
  std::shared_ptr<const File> file = std::make_shared<const File>();
  std::shared_ptr<Fill> fill;
};

TEST_F(FillTest, GoesFromAskingToGrowingToSettled) {
  EXPECT_EQ(fill->phase(), Phase::Asking);
  announce(10);
  EXPECT_EQ(fill->phase(), Phase::Asking);
  receive(5);
  EXPECT_EQ(fill->phase(), Phase::Growing);
  EXPECT_EQ(fill->length(), 10U);
  settle(whole_of_size(10));
  EXPECT_EQ(fill->phase(), Phase::Settled);
}

TEST_F(FillTest, OneByteIsNoReasonToAnswerAsItMayNotBeSent) {
  announce(std::nullopt);
  receive(1);
  EXPECT_EQ(fill->visible(), 0U);
  EXPECT_EQ(fill->phase(), Phase::Asking);
  receive(2);
  EXPECT_EQ(fill->visible(), 1U);
  EXPECT_EQ(fill->phase(), Phase::Growing);
}

TEST_F(FillTest, ShowsItsOpeningBeforeThereIsAFile) {
  announce(100);
  on_home([&] { return fill->open("0123456789"), 0; });
  EXPECT_EQ(fill->phase(), Phase::Growing);
  EXPECT_EQ(fill->file(), nullptr);
  FillFollower follower(fill);
  EXPECT_EQ(follower.opening(), "0123456789");
  EXPECT_EQ(runtime::result_of(progress(follower, 0)).readable, 9U);
  auto more = progress(follower, 9);
  receive(50);
  EXPECT_EQ(runtime::result_of(std::move(more)).readable, 49U);
  EXPECT_EQ(fill->file(), file);
}

TEST_F(FillTest, AnOpeningOfOneByteIsNoReasonToAnswer) {
  announce(100);
  on_home([&] { return fill->open("0"), 0; });
  EXPECT_EQ(fill->phase(), Phase::Asking);
}

TEST_F(FillTest, NothingIsLeftOfABodyThatNobodySaw) {
  announce(100);
  on_home([&] { return fill->open("0"), 0; });
  receive(1);
  announce(200);
  file = std::make_shared<const File>();
  receive(50);
  EXPECT_EQ(fill->length(), 200U);
  EXPECT_EQ(FillFollower(fill).opening(), "");
  EXPECT_EQ(fill->file(), file);
}

TEST_F(FillTest, HoldsTheLastByteBackUntilAllIsVerified) {
  announce(100);
  receive(100);
  EXPECT_EQ(fill->visible(), 99U);
  FillFollower follower(fill);
  auto seen = runtime::result_of(progress(follower, 0));
  EXPECT_EQ(seen.readable, 99U);
  EXPECT_EQ(seen.stream, Stream::More);

  auto last = progress(follower, 99);
  settle(whole_of_size(100));
  seen = runtime::result_of(std::move(last));
  EXPECT_EQ(seen.readable, 100U);
  EXPECT_EQ(seen.stream, Stream::End);
}

TEST_F(FillTest, FollowersSeeFailureAsBrokenNotAsEnd) {
  announce(100);
  receive(50);
  FillFollower follower(fill);
  auto waiting = progress(follower, 49);
  settle(Error{Code::Cut, "cut"});
  const auto seen = runtime::result_of(std::move(waiting));
  EXPECT_EQ(seen.stream, Stream::Broken);
  EXPECT_LE(seen.readable, 49U);
}

TEST_F(FillTest, EverythingButAWholeArtifactBreaksFollowers) {
  for (const Settlement& settlement : {Settlement(Unstorable{}), Settlement(Refusal{404, {}})}) {
    fill = on_home([this] { return std::make_shared<Fill>(loops, "r\nk"); });
    announce(std::nullopt);
    receive(50);
    FillFollower follower(fill);
    settle(settlement);
    EXPECT_EQ(runtime::result_of(progress(follower, 49)).stream, Stream::Broken);
  }
}

TEST_F(FillTest, TheDeadlineTellsAFollowerHowFarItIs) {
  announce(100);
  receive(50);
  FillFollower follower(fill);
  const auto seen = runtime::result_of(progress(follower, 49, 1, Steady::now()));
  EXPECT_EQ(seen.readable, 49U);
  EXPECT_EQ(seen.stream, Stream::More);
}

TEST_F(FillTest, WakesFollowersOnAllLoopsAsItGrows) {
  announce(std::nullopt);
  receive(10);
  FillFollower here(fill);
  FillFollower there(fill);
  auto first = progress(here, 9, 0);
  auto second = progress(there, 9, 1);
  receive(20);
  EXPECT_EQ(runtime::result_of(std::move(first)).readable, 19U);
  EXPECT_EQ(runtime::result_of(std::move(second)).readable, 19U);
}

TEST_F(FillTest, IsAnsweredWhenItGrowsOrSettlesAndGoneWhenItLeaves) {
  auto mark = [](Task<bool> task) -> Task<bool> {
    co_await std::move(task);
    co_return true;
  };
  auto answered = runtime::start_on(loops.at(1), mark(fill->answered()));
  auto settled = runtime::start_on(loops.at(1), mark(fill->settled()));
  auto gone = runtime::start_on(loops.at(1), mark(fill->gone()));
  const auto still_waits = [](const std::future<bool>& one) {
    return one.wait_for(std::chrono::seconds(0)) == std::future_status::timeout;
  };
  announce(10);
  EXPECT_TRUE(still_waits(answered));
  receive(5);
  EXPECT_TRUE(runtime::result_of(std::move(answered)));
  EXPECT_TRUE(still_waits(settled));
  settle(whole_of_size(10));
  EXPECT_TRUE(runtime::result_of(std::move(settled)));
  EXPECT_TRUE(still_waits(gone));
  on_home([&] { return fill->leave(), 0; });
  EXPECT_TRUE(runtime::result_of(std::move(gone)));
}

TEST_F(FillTest, IsGivenUpWhenUnwantedForAWhileAndMuchIsMissing) {
  EXPECT_TRUE(given_up(1000 * kMiB, kMiB, std::chrono::seconds(6)));
}

TEST_F(FillTest, IsGivenUpWhenUnwantedAndNobodyKnowsHowMuchIsMissing) {
  EXPECT_TRUE(given_up(std::nullopt, kMiB, std::chrono::seconds(6)));
}

TEST_F(FillTest, IsNotGivenUpBeforeTheGraceTimeIsOver) {
  EXPECT_FALSE(given_up(1000 * kMiB, kMiB, std::chrono::seconds(3)));
}

TEST_F(FillTest, IsFinishedWhenLittleIsMissing) {
  EXPECT_FALSE(given_up(16 * kMiB, 2, std::chrono::seconds(60)));
}

TEST_F(FillTest, IsFinishedWhenMostOfItHasCome) {
  EXPECT_FALSE(given_up(1000 * kMiB, 800 * kMiB, std::chrono::seconds(60)));
}

TEST_F(FillTest, IsNotGivenUpWhileOneOfItsReadersIsThere) {
  auto stays = std::make_optional<FillFollower>(fill);
  EXPECT_FALSE(given_up(1000 * kMiB, kMiB, std::chrono::seconds(60)));
  stays.reset();
  EXPECT_TRUE(given_up(1000 * kMiB, kMiB, std::chrono::seconds(60)));
}

TEST_F(FillTest, IsNotGivenUpBeforeItsBodyComes) {
  NotedTransfer transfer;
  on_home([&] { return fill->set_transfer(&transfer), 0; });
  {
    const Fill::Interest left(fill);
  }
  fill->give_up_if_unwanted(Steady::now() + std::chrono::hours(1));
  on_home([&] { return fill->set_transfer(nullptr), 0; });
  EXPECT_FALSE(transfer.cancelled);
}

TEST_F(FillTest, GivingUpAfterTheBodyHasEndedDoesNothing) {
  announce(std::nullopt);
  receive(kMiB);
  {
    const Fill::Interest left(fill);
  }
  fill->give_up_if_unwanted(Steady::now() + std::chrono::hours(1));
  settle(whole_of_size(kMiB));
  EXPECT_EQ(fill->phase(), Phase::Settled);
}

}  // namespace
}  // namespace artifactapi::cache
