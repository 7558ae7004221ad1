// Connections that wait for their next request.
#pragma once

#include "transport/plain/plain_connection.h"

#include <cstddef>
#include <memory>
#include <vector>

namespace artifactapi::transport {

class IdleConnections {
 public:
  // `most`: how many are kept; the one that waited longest makes room.
  explicit IdleConnections(std::size_t most) : most_(most) {}

  // One to the request's host and port, opened under the same reach to one of its addresses, that the peer
  // has neither closed nor sent anything on meanwhile; the one used last comes first. Null when there is
  // none.
  [[nodiscard]] std::unique_ptr<PlainConnection> take(const TransferRequest& request);

  // Everything that was received on it has been used.
  void put(std::unique_ptr<PlainConnection> connection);

 private:
  void drop_old(std::chrono::steady_clock::time_point now);

  std::size_t most_;
  std::vector<std::unique_ptr<PlainConnection>> connections_;  // longest waiting first
};

}  // namespace artifactapi::transport
