#include "server/listener.h"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <netinet/tcp.h>
#include <string>
#include <sys/socket.h>

namespace artifactapi::server {
namespace {

using boost::asio::ip::tcp;

constexpr int kLowWater = 1 << 20;

std::string congestion_control(int socket) {
  std::array<char, 16> name{};  // TCP_CA_NAME_MAX
  auto size = static_cast<socklen_t>(name.size());
  EXPECT_EQ(::getsockopt(socket, IPPROTO_TCP, TCP_CONGESTION, name.data(), &size), 0);
  return name.data();
}

std::string default_congestion_control() {
  std::ifstream file("/proc/sys/net/ipv4/tcp_congestion_control");
  std::string name;
  file >> name;
  return name;
}

TEST(Listening, OnALoopbackAddressAcceptsSocketsThatDoNotPace) {
  const auto listening = listen_on(endpoint_of("127.0.0.1", 0).value(), kLowWater);
  ASSERT_TRUE(listening);
  boost::asio::io_context context;
  tcp::socket client(context);
  client.connect(bound_address(*listening).value());
  const Accepted accepted = accept_next(listening->descriptor());
  ASSERT_EQ(accepted.result, Acceptance::Accepted);
  const File socket(accepted.descriptor);
  EXPECT_EQ(congestion_control(socket.descriptor()), "reno");
}

TEST(Listening, OnAllAddressesLeavesThePaceToTheMachine) {
  const auto listening = listen_on(endpoint_of("", 0).value(), kLowWater);
  ASSERT_TRUE(listening);
  EXPECT_EQ(congestion_control(listening->descriptor()), default_congestion_control());
}

}  // namespace
}  // namespace artifactapi::server
