// One client connection: requests in, answers out, in order, until one of the two sides has had enough.
#pragma once

#include "api/handler.h"
#include "api/response.h"
#include "http/request_head.h"
#include "runtime/task.h"
#include "server/body_budget.h"
#include "server/output.h"
#include "server/read_buffer.h"
#include "server/response_text.h"
#include "server/spread.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/intrusive/list_hook.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace artifactapi::server {

class Lane;
struct Services;

using ListHook = boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

// Lives in its own coroutine, on its lane's loop. A plain hit is answered by advance() without suspending and
// without allocating; everything else by coroutines that exist only meanwhile, so that an idle connection is
// small.
class Connection : public ListHook {
 public:
  using Steady = std::chrono::steady_clock;

  Connection(std::shared_ptr<Lane> lane, Spread::Place place, boost::asio::ip::tcp::socket socket,
             std::string peer_address);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  static runtime::Task<> run(std::unique_ptr<Connection> self);

  // From the lane's sweep: enforces the time limits and takes back the buffer of an idle connection.
  void check(Steady::time_point now);
  // From the lane when it has stopped accepting: ends the connection if no request is under way.
  void drain(Steady::time_point now);
  // Resets the connection at once.
  void abort();

 private:
  enum class Phase : std::uint8_t {
    Fresh,      // no byte yet
    Idle,       // between requests
    Head,       // some bytes of a head
    Body,       // reading a request's body
    Answering,  // in the handler or writing; only stalled writes are timed
    Lingering,  // reading what a refused client still sends
  };
  enum class Next : std::uint8_t {
    Read,    // more bytes are needed
    Rest,    // a hot answer did not fit into the socket's buffer
    Answer,  // the general way
    Refuse,  // fault_ tells why
    Close,   // all is said
  };

  // What remains of a request once its head has left the buffer.
  struct Asked {
    http::Method method = http::Method::Get;
    std::string method_text;
    std::string target;
    int minor_version = 1;
    bool keep_alive = false;
    bool expects_continue = false;
  };

  [[nodiscard]] Next advance();
  [[nodiscard]] Next judge_partial_head();
  [[nodiscard]] Next refuse_head(http::HeadFault fault);
  [[nodiscard]] Next try_hot(const std::shared_ptr<const cache::Ready>& ready);
  [[nodiscard]] Next hot_finished(const cache::Ready& ready, Sent sent);
  [[nodiscard]] runtime::Task<Next> send_rest();
  [[nodiscard]] runtime::Task<Next> answer();
  void note_asked(const http::Request& request);
  [[nodiscard]] runtime::Task<bool> read_body(http::BodyFraming framing, std::string& body,
                                              BodyBudget::Share& memory);
  [[nodiscard]] runtime::Task<bool> read_chunked(std::string& body, std::size_t limit,
                                                 BodyBudget::Share& memory);
  // Room for a body of `bytes` so far, and `most` in the end.
  [[nodiscard]] bool room_for(std::uint64_t bytes, std::uint64_t most, BodyBudget::Share& memory);
  [[nodiscard]] runtime::Task<bool> receive_body();
  [[nodiscard]] runtime::Task<Next> respond(api::Response response);
  [[nodiscard]] runtime::Task<> refuse();
  [[nodiscard]] runtime::Task<> linger();

  // More bytes into the buffer; false: the client ended, failed or took too long.
  [[nodiscard]] runtime::Task<bool> receive();
  // receive() by TLS.
  [[nodiscard]] runtime::Task<bool> receive_tls();
  // Within the time for a head; false: the peer does not speak TLS, or not ours.
  [[nodiscard]] runtime::Task<bool> handshake();
  [[nodiscard]] runtime::Task<bool> wait_for(TlsStep step);
  // The same without a buffer while nothing comes.
  [[nodiscard]] runtime::Task<bool> await_bytes();
  [[nodiscard]] bool took(const boost::system::error_code& failure, std::size_t received);
  // A read failed: what is left to do. Refuse when the client was too slow with what it had begun.
  [[nodiscard]] Next read_ended();

  void enter(Phase phase, std::chrono::milliseconds limit);
  void set_request_id(std::string_view of_client);
  [[nodiscard]] Persistence persistence(bool keep_alive, int minor_version) const;
  [[nodiscard]] Next after_answer(Sent sent, Persistence persistence);
  [[nodiscard]] bool input_waits();
  void cancel_read();

  std::shared_ptr<Lane> lane_;
  Spread::Place place_;
  Services& services_;
  boost::asio::ip::tcp::socket socket_;
  std::unique_ptr<TlsSession> tls_;  // null: plain
  Output output_;
  ReadBuffer buffer_;
  std::string peer_address_;

  Phase phase_ = Phase::Fresh;
  bool expired_ = false;      // a time limit cancelled the read
  bool take_buffer_ = false;  // the sweep cancelled the read to take the buffer
  Steady::time_point deadline_;
  Steady::time_point began_{};  // when the request's head was complete

  std::size_t scanned_ = 0;  // of the buffer, for the end of the head
  std::size_t head_bytes_ = 0;
  http::HeadSummary summary_;  // views into the buffer
  Asked asked_;                // of the general way
  http::HeadFault fault_;      // why Next::Refuse
  std::string request_id_;
  std::shared_ptr<const cache::Ready> rest_;  // what Next::Rest is about
  std::uint64_t rest_offset_ = 0;             // body bytes of it already sent
  Persistence rest_persistence_ = Persistence::Close;
};

}  // namespace artifactapi::server
