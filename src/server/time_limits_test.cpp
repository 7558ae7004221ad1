#include "server/testing/server_fixture.h"

#include <gtest/gtest.h>

namespace artifactapi::server {
namespace {

using testing::Answer;
using testing::End;
using testing::ready_text;
using testing::short_limits;
using testing::TestClient;

class TimeLimits : public testing::ServerTest {};

TEST_F(TimeLimits, ASilentNewConnectionIsClosed) {
  ServerLimits limits = short_limits();
  limits.header_timeout = Milliseconds(50);
  start(limits);
  TestClient client(port);
  End end = End::Open;
  EXPECT_EQ(client.read_all(end), "");
  EXPECT_EQ(end, End::Closed);
  EXPECT_EQ(server->counts().timed_out, 1U);
}

TEST_F(TimeLimits, AHeadThatTakesTooLongIsRefused) {
  ServerLimits limits = short_limits();
  limits.header_timeout = Milliseconds(60);
  start(limits);
  TestClient client(port);
  client.send("GET /a HTT");
  EXPECT_EQ(client.read().status(), 408);
  EXPECT_EQ(client.read_end(), End::Closed);
}

TEST_F(TimeLimits, AnIdleConnectionIsClosedQuietly) {
  handler.when_hot("/hot", ready_text("kept", clock.now()));
  ServerLimits limits = short_limits();
  limits.idle_timeout = Milliseconds(100);
  start(limits);
  TestClient client(port);
  EXPECT_EQ(client.get("/hot").body, "kept");
  End end = End::Open;
  EXPECT_EQ(client.read_all(end), "");
  EXPECT_EQ(end, End::Closed);
}

TEST_F(TimeLimits, AConnectionWhoseBufferWasTakenBackStillAnswers) {
  handler.when_hot("/hot", ready_text("kept", clock.now()));
  ServerLimits limits = short_limits();
  limits.tick = Milliseconds(1);
  start(limits);
  TestClient idle(port);
  EXPECT_EQ(idle.get("/hot").body, "kept");
  // The other connection's answers show that many ticks have passed.
  TestClient busy(port);
  const auto until = std::chrono::steady_clock::now() + Milliseconds(30);
  while (std::chrono::steady_clock::now() < until) EXPECT_EQ(busy.get("/hot").body, "kept");
  EXPECT_EQ(idle.get("/hot").body, "kept");
  EXPECT_EQ(idle.get("/hot").body, "kept");
}

TEST_F(TimeLimits, AClientThatReadsNothingIsReset) {
  handler.when_hot("/big", ready_text(std::string(32 * 1024 * 1024, 'b'), clock.now()));
  ServerLimits limits = short_limits();
  limits.write_stall_timeout = Milliseconds(100);
  start(limits);
  TestClient client(port, 4096);
  client.send("GET /big HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_FALSE(handler.wait_finished(1).at(0).complete);
  EXPECT_EQ(server->counts().timed_out, 1U);
  EXPECT_EQ(client.read_end(), End::Reset);
}

}  // namespace
}  // namespace artifactapi::server
