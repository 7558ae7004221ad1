#include "server/output.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <gtest/gtest.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace artifactapi::server {
namespace {

using boost::asio::ip::tcp;

class LargeBodies : public ::testing::Test {
 protected:
  LargeBodies() {
    client.connect(acceptor.local_endpoint());
    acceptor.accept(socket);
    set(TCP_NODELAY, 1);
    set(TCP_NOTSENT_LOWAT, kLowWater);
  }
  void set(int name, int value) {
    ASSERT_EQ(::setsockopt(socket.native_handle(), IPPROTO_TCP, name, &value, sizeof value), 0);
  }
  int get(int name) {
    int value = -1;
    socklen_t size = sizeof value;
    EXPECT_EQ(::getsockopt(socket.native_handle(), IPPROTO_TCP, name, &value, &size), 0);
    return value;
  }
  bool at_rest() { return get(TCP_NODELAY) == 1 && get(TCP_NOTSENT_LOWAT) == kLowWater; }

  static constexpr int kLowWater = 777'216;
  boost::asio::io_context context;
  tcp::acceptor acceptor{context, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)};
  tcp::socket client{context};
  tcp::socket socket{context};
  runtime::BlockingPool pool{1};
  Output output{socket, pool};
};

TEST_F(LargeBodies, FillSegmentsAndLeaveTheConnectionAsItWas) {
  {
    const LargeBody large(output, LargeBody::kLarge);
    EXPECT_EQ(get(TCP_NODELAY), 0);
    EXPECT_LT(get(TCP_NOTSENT_LOWAT), kLowWater);
  }
  EXPECT_TRUE(at_rest());
}

TEST_F(LargeBodies, AreNotThoseBelow) {
  const LargeBody small(output, LargeBody::kLarge - 1);
  EXPECT_TRUE(at_rest());
}

TEST_F(LargeBodies, MayOutliveTheConnection) {
  const LargeBody large(output, LargeBody::kLarge);
  socket.close();
}

}  // namespace
}  // namespace artifactapi::server
