// The HTTP/1.1 server: one listening socket and its connections on every loop, all asking one handler.
#pragma once

#include "api/handler.h"
#include "base/clock.h"
#include "base/result.h"
#include "runtime/bell.h"
#include "runtime/blocking_pool.h"
#include "runtime/loop.h"
#include "runtime/task.h"
#include "server/limits.h"
#include "server/tls.h"
#include "telemetry/log.h"

#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace artifactapi::server {

struct ServerCounts {
  std::uint64_t open_connections = 0;  // now; the others since the start
  std::uint64_t connections = 0;
  std::uint64_t accept_backoffs = 0;
  std::uint64_t refused_requests = 0;  // answered with an error by the server itself
  std::uint64_t timed_out = 0;         // connections closed by one of the time limits
  std::uint64_t tls_handshakes = 0;    // that ended well
  std::uint64_t tls_failures = 0;      // connections that ended before
};

class Lane;
struct Services;

// Life: listen, start, begin_drain, drained, stop. The loops run before start and until after stop;
// everything handed in outlives the loops. The process must ignore SIGPIPE: the constructor sees to that.
class Server {
 public:
  Server(runtime::Loops& loops, api::Handler& handler, runtime::BlockingPool& pool, telemetry::Log& log,
         const Clock& clock, const ServerLimits& limits);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Binds a socket for each loop to the same address; port 0 lets the kernel choose one. `host` is an IP
  // address, IPv6 without brackets, or empty for all. Connections wait in the kernel until start. Once.
  [[nodiscard]] Result<boost::asio::ip::tcp::endpoint> listen(const std::string& host, std::uint16_t port);
  // Connections accepted from now on speak TLS with this certificate. After listen, and before start for the
  // first time. Any thread.
  void use_certificate(const TlsContextPtr& certificate);
  void start();

  // From now on every answer closes its connection. After the drain delay what waits to be accepted is taken
  // in, the listening sockets and idle connections are closed. Any thread; further calls do nothing.
  void begin_drain();
  // Suspends until begin_drain has closed the listening sockets and the last connection has ended (true), or
  // the deadline has passed (false).
  [[nodiscard]] runtime::Task<bool> drained(runtime::Deadline deadline);
  // Closes everything at once; answers under way are broken off visibly. Any thread.
  void stop();

  // Any thread.
  [[nodiscard]] ServerCounts counts() const;

 private:
  std::shared_ptr<Services> services_;
  std::vector<std::shared_ptr<Lane>> lanes_;
};

}  // namespace artifactapi::server
