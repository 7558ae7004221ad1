// What the server grants a connection.
#pragma once

#include "base/clock.h"
#include "http/request_head.h"

#include <cstddef>

namespace artifactapi::server {

// Times are checked once a `tick`, so each may be exceeded by that much.
struct ServerLimits {
  http::HeadLimits head;
  std::size_t body_bytes = 1024 * 1024;            // of a request; over it 413
  std::size_t large_body_bytes = 8 * 1024 * 1024;  // the same where the handler takes a large one
  std::size_t bodies_bytes = 64 * 1024 * 1024;     // of all requests now; over it 503
  Milliseconds header_timeout{
      15'000};  // from a head's first byte to its last, and for a new connection's first
  Milliseconds body_timeout{60'000};         // for the whole body of a request
  Milliseconds idle_timeout{75'000};         // between two requests
  Milliseconds write_stall_timeout{60'000};  // since the peer last took a byte
  Milliseconds linger_timeout{2'000};        // for reading what a refused client still sends
  Milliseconds drain_delay{3'000};           // new connections are still served so long after begin_drain
  Milliseconds tick{1'000};
  std::size_t max_connections =
      0;  // 0: what the limit on descriptors leaves after a share for everything else
  int send_low_water = 1024 * 1024;  // TCP_NOTSENT_LOWAT
};

}  // namespace artifactapi::server
