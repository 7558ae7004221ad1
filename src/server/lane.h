// One loop's share of a server: its listening socket, its connections, and what they would otherwise each do
// alone (the Date line, request ids, timers, buffers).
#pragma once

#include "base/clock.h"
#include "base/file.h"
#include "base/result.h"
#include "runtime/loop.h"
#include "runtime/task.h"
#include "server/connection.h"
#include "server/listener.h"
#include "server/page_pool.h"
#include "server/response_text.h"
#include "server/services.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace artifactapi::server {

// Kept alive by its connections. Everything but the constructor runs on its loop.
class Lane : public std::enable_shared_from_this<Lane> {
 public:
  // Takes over a listening socket.
  Lane(std::shared_ptr<Services> services, runtime::Loop& loop, File listening);

  void start();
  void begin_drain();
  void stop();

  [[nodiscard]] Services& services() { return *services_; }
  [[nodiscard]] runtime::Loop& loop() { return loop_; }
  [[nodiscard]] PagePool& pages() { return pages_; }

  // For connections accepted from now on; null: they are plain.
  void use_certificate(TlsContextPtr certificate) { certificate_ = std::move(certificate); }
  [[nodiscard]] const TlsContextPtr& certificate() const { return certificate_; }

  // The Server and Date lines; valid until the next call.
  [[nodiscard]] std::string_view constant_lines(Time now);
  // An id no other request of this process has; valid until the next call.
  [[nodiscard]] std::string_view new_request_id();

 private:
  static runtime::Task<> accept_connections(std::shared_ptr<Lane> self);
  static runtime::Task<> sweep_regularly(std::shared_ptr<Lane> self);
  static runtime::Task<> close_after_delay(std::shared_ptr<Lane> self);
  // Serves a connection that another lane has accepted.
  static runtime::Task<> take_over(std::shared_ptr<Lane> self, boost::asio::ip::tcp::socket socket,
                                   std::string peer, Spread::Place place);

  // Takes what waits, at most `most`; false when it has to back off.
  bool accept_some(std::size_t most);
  // Here or on a lane that has fewer connections.
  void place_connection(const Accepted& accepted);
  void begin_connection(boost::asio::ip::tcp::socket socket, std::string peer, Spread::Place place);
  [[nodiscard]] runtime::Task<> back_off();
  void close_listening();

  std::shared_ptr<Services> services_;
  runtime::Loop& loop_;
  PagePool pages_;
  TlsContextPtr certificate_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer sweep_timer_;
  boost::asio::steady_timer delay_timer_;
  bool stopped_ = false;
  bool backing_off_ = false;
  std::int64_t date_second_ = -1;
  std::string constant_lines_;
  std::array<char, 17> request_id_{};
  std::uint32_t request_count_ = 0;
  boost::intrusive::list<Connection, boost::intrusive::constant_time_size<false>> connections_;
};

}  // namespace artifactapi::server
