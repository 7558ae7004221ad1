// Many askers at once, on all loops.
#include "cache/engine.h"
#include "cache/testing/cache_fixture.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace artifactapi::cache {
namespace {

constexpr std::size_t kLarge = 70 * 1024;

class EngineCrowdTest : public CacheTest {
 protected:
  std::vector<std::future<Answer>> start_gets(const ProfilePtr& remote, const formats::Plan& plan,
                                              int count) {
    std::vector<std::future<Answer>> started;
    for (int i = 0; i < count; ++i)
      started.push_back(start_get(remote, plan, static_cast<std::size_t>(i) % 2));
    return started;
  }
};

TEST_F(EngineCrowdTest, AllGetTheBytesWhetherTheyComeWhileItGrowsSettlesOrIsStored) {
  const auto remote = profile();
  const std::string bytes(kLarge, 'x');
  for (int round = 0; round < 50; ++round) {
    upstream.add(bytes);
    for (auto& one : start_gets(remote, immutable("k" + std::to_string(round)), 20)) {
      auto answer = runtime::result_of(std::move(one));
      if (const auto* growing = std::get_if<Growing>(&answer)) {
        const auto read = runtime::result_of(follow(*growing));
        ASSERT_EQ(read.stream, Stream::End);
        ASSERT_EQ(read.bytes, bytes);
      } else {
        ASSERT_EQ(bytes_of(expect<Stored>(std::move(answer))), bytes);
      }
    }
  }
  EXPECT_EQ(upstream.times_asked(), 50U);
}

TEST_F(EngineCrowdTest, WithATtlOfZeroEveryoneIsAnswered) {
  Rules rules;
  rules.ttl.mutable_ttl = Seconds{0};
  constexpr int kAskers = 500;
  for (int i = 0; i < kAskers; ++i) upstream.add("body");
  for (auto& one : start_gets(profile(rules), changing(), kAskers)) {
    const auto answer = runtime::result_of(std::move(one));
    EXPECT_TRUE(std::holds_alternative<Stored>(answer) || std::holds_alternative<Relayed>(answer));
  }
}

}  // namespace
}  // namespace artifactapi::cache
