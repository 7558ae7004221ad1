#include "server/output.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <gtest/gtest.h>

namespace artifactapi::server {
namespace {

using boost::asio::ip::tcp;

class LargeBodies : public ::testing::Test {
 protected:
  LargeBodies() {
    client.connect(acceptor.local_endpoint());
    acceptor.accept(socket);
    socket.set_option(tcp::no_delay(true));
  }
  bool no_delay() {
    tcp::no_delay option;
    socket.get_option(option);
    return option.value();
  }

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
    EXPECT_FALSE(no_delay());
  }
  EXPECT_TRUE(no_delay());
}

TEST_F(LargeBodies, AreNotThoseBelow) {
  const LargeBody small(output, LargeBody::kLarge - 1);
  EXPECT_TRUE(no_delay());
}

TEST_F(LargeBodies, MayOutliveTheConnection) {
  const LargeBody large(output, LargeBody::kLarge);
  socket.close();
}

}  // namespace
}  // namespace artifactapi::server
