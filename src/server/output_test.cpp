#include "server/output.h"

#include "server/testing/scripted_handler.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <gtest/gtest.h>

#include <string>

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

class FilesSentAtOnce : public LargeBodies {
 protected:
  std::string received(std::size_t size) {
    std::string bytes(size, '\0');
    boost::asio::read(client, boost::asio::buffer(bytes));
    return bytes;
  }
};

TEST_F(FilesSentAtOnce, LeaveBehindTheirHeadAndCountAsPayload) {
  const auto file = testing::file_with("0123456789");
  EXPECT_EQ(output.try_send_file("head ", "tail ", file->descriptor(), 10), 20);
  EXPECT_EQ(received(20), "head tail 0123456789");
  EXPECT_EQ(output.take_payload_bytes(), 10U);
}

TEST_F(FilesSentAtOnce, SayHowMuchLeftWhenTheFileEndsEarly) {
  const auto file = testing::file_with("0123");
  EXPECT_EQ(output.try_send_file("head ", "tail ", file->descriptor(), 10), 14);
  EXPECT_EQ(output.take_payload_bytes(), 4U);
  EXPECT_EQ(output.try_send_file("head ", "tail ", testing::file_with("")->descriptor(), 10), 10);
  EXPECT_EQ(output.take_payload_bytes(), 0U);
}

TEST_F(FilesSentAtOnce, SayThatThePeerIsGone) {
  const auto file = testing::file_with("0123456789");
  socket.shutdown(tcp::socket::shutdown_both);
  EXPECT_EQ(output.try_send_file("head ", "tail ", file->descriptor(), 10), -1);
}

}  // namespace
}  // namespace artifactapi::server
