// One libcurl multi handle, driven by a loop.
//
// libcurl's sockets live in an epoll set of our own, and the loop watches that one descriptor: a registration
// per socket with Asio costs two and a half times as much per small request.
#pragma once

#include "runtime/loop.h"
#include "transport/curl/open_sockets.h"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <curl/curl.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>

namespace artifactapi::transport {

// The process must ignore SIGPIPE. Used on its loop only. Shared by the client and its exchanges; pending
// handlers hold it weakly, so it may be destroyed at any time while its io_context exists.
class Multi : public std::enable_shared_from_this<Multi> {
 public:
  // A handle in the multi. CURLOPT_PRIVATE of the handle points to it.
  class Member {
   public:
    // The handle is out of the multi again. Called from within libcurl's event handling: must only note it.
    virtual void finished(CURLcode code) = 0;

   protected:
    ~Member() = default;
  };

  // `kept_connections`: idle ones; running exchanges come on top.
  [[nodiscard]] static std::shared_ptr<Multi> create(runtime::Loop& loop, std::size_t kept_connections);
  ~Multi();
  Multi(const Multi&) = delete;
  Multi& operator=(const Multi&) = delete;

  // Starts the transfer at once; callbacks of the handle run before this returns.
  void add(CURL* easy, Member& member);
  // Aborts it; `finished` is not called. Not from within a callback.
  void remove(CURL* easy);

  // Every socket of this multi's connections is opened and closed here.
  [[nodiscard]] OpenSockets& open_sockets() { return open_sockets_; }

 private:
  using Instant = std::chrono::steady_clock::time_point;

  Multi(runtime::Loop& loop, std::size_t kept_connections);

  static int on_socket(CURL* easy, curl_socket_t socket, int what, void* self, void* known);
  static int on_timer(CURLM* multi, long timeout_ms, void* self);

  void watch_sockets();
  void on_sockets();
  void on_due();
  // Everything that may make libcurl work runs through here: afterwards finished handles are told and the
  // timer is set.
  template <class Action>
  void drive(Action action);
  void tell_finished();
  void set_timer();
  void limit_connections();

  boost::asio::io_context& context_;
  std::size_t kept_connections_;
  std::size_t running_ = 0;
  OpenSockets open_sockets_;
  CURLM* multi_;
  boost::asio::posix::stream_descriptor sockets_;  // the epoll set
  boost::asio::steady_timer timer_;
  std::optional<Instant> due_;        // when libcurl wants to be called
  std::optional<Instant> timer_set_;  // when the timer fires; never later than due_ unless a call is posted
  bool posted_ = false;
  bool driving_ = false;
};

}  // namespace artifactapi::transport
