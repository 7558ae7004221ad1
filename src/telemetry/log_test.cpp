#include "telemetry/log.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <memory>
#include <unistd.h>
#include <vector>

namespace artifactapi::telemetry {
namespace {

class FixedClock final : public Clock {
 public:
  [[nodiscard]] Time now() const override { return Time(Milliseconds(1'769'860'800'123)); }
};

// A pipe whose writing end is the log's output.
class LogOutput : public ::testing::Test {
 protected:
  LogOutput() {
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  }
  ~LogOutput() override {
    log.reset();
    for (const int end : ends) ::close(end);
  }
  void start(Format format = Format::Text, Level level = Level::Info, std::size_t bytes = 8 * 1024 * 1024) {
    log = std::make_unique<Log>(
        LogSettings{.format = format, .level = level, .buffered_bytes = bytes, .descriptor = ends[1]}, clock);
  }
  std::string read_some() const {
    std::string bytes(65536, '\0');
    const auto got = ::read(ends[0], bytes.data(), bytes.size());
    bytes.resize(static_cast<std::size_t>(got));
    return bytes;
  }

  FixedClock clock;
  int ends[2] = {-1, -1};
  std::unique_ptr<Log> log;
};

TEST_F(LogOutput, LinesOfOneThreadComeInOrderWithTheirTime) {
  start();
  log->info("first", {{"n", 1}});
  log->info("second");
  log->flush();
  EXPECT_EQ(read_some(), "2026-01-31T12:00:00.123Z info first n=1\n2026-01-31T12:00:00.123Z info second\n");
}

TEST_F(LogOutput, WhatIsBelowTheLevelIsLeftOut) {
  start(Format::Text, Level::Warning);
  log->debug("no");
  log->info("no");
  log->access({});
  log->warning("yes");
  log->flush();
  EXPECT_EQ(read_some(), "2026-01-31T12:00:00.123Z warning yes\n");
}

TEST_F(LogOutput, AWarningIsWrittenWithoutBeingAskedFor) {
  start();
  log->warning("at once");
  EXPECT_EQ(read_some(), "2026-01-31T12:00:00.123Z warning at once\n");
}

TEST_F(LogOutput, EndingTheLogWritesWhatIsBuffered) {
  start();
  log->info("last words");
  log.reset();
  EXPECT_EQ(read_some(), "2026-01-31T12:00:00.123Z info last words\n");
}

TEST_F(LogOutput, ASlowReaderCostsLinesNotTime) {
  start(Format::Json, Level::Info, 64 * 1024);
  const std::string long_text(1000, 'x');
  while (log->dropped() == 0) log->info("noise", {{"text", long_text}});
  const std::uint64_t dropped = log->dropped();
  EXPECT_GE(dropped, 1U);
  std::string all;
  while (!all.contains("\"msg\":\"log lines dropped\"")) all += read_some();
  EXPECT_TRUE(all.contains("\"level\":\"warning\""));
}

TEST_F(LogOutput, LinesOfManyThreadsStayWhole) {
  start();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this] {
      for (int i = 0; i < 50; ++i) log->info("line", {{"n", i}});
    });
  }
  for (auto& thread : threads) thread.join();
  log.reset();
  const std::string all = read_some();
  std::size_t lines = 0;
  for (std::size_t at = 0; at < all.size(); at = all.find('\n', at) + 1) {
    EXPECT_TRUE(std::string_view(all).substr(at).starts_with("2026-01-31T12:00:00.123Z info line n="));
    ++lines;
  }
  EXPECT_EQ(lines, 200U);
}

}  // namespace
}  // namespace artifactapi::telemetry
