// The state of one transfer between libcurl's callbacks and the coroutine that reads it.
#pragma once

#include "transport/body_framing.h"
#include "transport/buffer_share.h"
#include "transport/curl/curl_error.h"
#include "transport/curl/multi.h"
#include "transport/curl/request_options.h"
#include "transport/exchange.h"
#include "transport/head_collector.h"

#include <boost/asio/steady_timer.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace artifactapi::transport {

// On the loop of the multi.
class CurlExchange final : public Exchange,
                           public Multi::Member,
                           public std::enable_shared_from_this<CurlExchange> {
 public:
  CurlExchange(std::shared_ptr<Multi> multi, runtime::Loop& loop,
               std::shared_ptr<const TransferRequest> request);
  ~CurlExchange() override;

  void begin() override;
  void abort() override;
  void finished(CURLcode code) override;

  [[nodiscard]] runtime::Task<Result<TransferHead>> head() override { return head_of(shared_from_this()); }
  [[nodiscard]] runtime::Task<Result<std::string>> next() override { return next_of(shared_from_this()); }
  [[nodiscard]] bool died_before_answer() const override { return died_before_answer_; }

 private:
  using Instant = std::chrono::steady_clock::time_point;

  [[nodiscard]] static runtime::Task<Result<TransferHead>> head_of(std::shared_ptr<CurlExchange> self);
  [[nodiscard]] static runtime::Task<Result<std::string>> next_of(std::shared_ptr<CurlExchange> self);

  static std::size_t on_header(char* bytes, std::size_t one, std::size_t size, void* self);
  static std::size_t on_body(char* bytes, std::size_t one, std::size_t size, void* self);
  static curl_socket_t on_open_socket(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int on_close_socket(void* sockets, curl_socket_t socket);
  static int on_before_request(void* self, char* peer, char* local, int peer_port, int local_port);
  static int on_look_up(void* resolver, void* reserved, void* self);

  void set_callbacks();
  Result<> take_header(std::string_view line);
  Result<> take_framing();
  [[nodiscard]] std::size_t room() const;  // how many bytes may wait to be taken
  void reserve_received();
  std::string take_received();
  void resume();
  void fail_with(Error error);
  void leave_multi();
  [[nodiscard]] bool is_reused() const;
  void name_connection(const ConnectionEnds& ends);
  [[nodiscard]] bool address_allowed(const boost::asio::ip::address& address);
  [[nodiscard]] Stage stage() const;
  [[nodiscard]] Error why(CURLcode code) const;
  // Suspends until something changed or the deadline has passed.
  [[nodiscard]] static runtime::Task<> wait(std::shared_ptr<CurlExchange> self, Instant deadline);

  std::shared_ptr<Multi> multi_;
  std::shared_ptr<const TransferRequest> request_;
  BufferShare share_;
  RequestLists lists_;
  EasyHandle easy_;
  boost::asio::steady_timer wake_;
  std::array<char, CURL_ERROR_SIZE> curl_text_{};

  HeadCollector collector_;
  BodyFraming framing_;
  std::string received_;
  std::size_t piece_hint_ = 0;  // size of the last piece taken
  std::uint64_t total_ = 0;     // body bytes so far

  std::vector<curl_socket_t> opened_;           // sockets made for this transfer, given-up attempts included
  std::optional<Instant> sent_;                 // when the request was about to be sent
  std::optional<Error> failure_;                // why it is over
  std::optional<std::string> refused_address_;  // the last one that was not dialled
  bool in_multi_ = false;
  bool head_seen_ = false;
  bool ended_ = false;  // cleanly
  bool paused_ = false;
  bool unasked_bytes_ = false;
  bool close_notified_ = false;  // watched for unframed bodies over TLS
  bool died_before_answer_ = false;
};

}  // namespace artifactapi::transport
