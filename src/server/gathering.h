// Lets a large body leave in full segments.
#pragma once

#include <boost/asio/ip/tcp.hpp>

namespace artifactapi::server {

// While it lives, what does not fill a segment waits for more bytes, or for the acknowledgement of a short one
// sent before (Nagle's algorithm, RFC 896). sendfile hands a file over 64 KiB at a time, and without this the
// rest of that leaves as a packet of its own whenever an acknowledgement comes in between: a fifth of what a
// large body costs. What still waits at the end leaves at once (TCP_NODELAY in tcp(7)). The socket outlives it.
class Gathering {
 public:
  explicit Gathering(boost::asio::ip::tcp::socket& socket) : socket_(socket) { set_no_delay(false); }
  ~Gathering() { set_no_delay(true); }
  Gathering(const Gathering&) = delete;
  Gathering& operator=(const Gathering&) = delete;

 private:
  void set_no_delay(bool value) {
    boost::system::error_code ignored;  // then the connection is gone, and sending says so
    socket_.set_option(boost::asio::ip::tcp::no_delay(value), ignored);
  }
  boost::asio::ip::tcp::socket& socket_;
};

}  // namespace artifactapi::server
