// One TCP connection to an origin that speaks HTTP without TLS.
#pragma once

#include "transport/client.h"

#include <boost/asio/ip/tcp.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace artifactapi::transport {

struct PlainConnection {
  PlainConnection(boost::asio::ip::tcp::socket opened, const TransferRequest& request,
                  boost::asio::ip::address dialled)
      : socket(std::move(opened)),
        host(request.url.host),
        port(request.url.port),
        reach(request.reach),
        peer(std::move(dialled)) {}

  // Received and not yet used.
  [[nodiscard]] std::string_view received() const { return {buffer.data() + begin, end - begin}; }
  void use(std::size_t bytes) { begin += bytes; }
  // Where more can be received; everything that was received has been used.
  [[nodiscard]] boost::asio::mutable_buffer room() {
    begin = end = 0;
    return boost::asio::buffer(buffer);
  }

  boost::asio::ip::tcp::socket socket;
  std::string host;
  std::uint16_t port;
  Reach reach;
  boost::asio::ip::address peer;
  std::chrono::steady_clock::time_point idle_since;
  std::size_t begin = 0;
  std::size_t end = 0;
  std::array<char, 16 * 1024> buffer;  // a head, and with it a small body
};

}  // namespace artifactapi::transport
