// One exchange over a TCP connection of our own: for http URLs that no proxy stands before.
#pragma once

#include "transport/buffer_share.h"
#include "transport/exchange.h"
#include "transport/plain/body_reader.h"
#include "transport/plain/deadlines.h"
#include "transport/plain/dial.h"
#include "transport/plain/head_reader.h"
#include "transport/plain/idle_connections.h"
#include "transport/stage.h"

#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <sys/types.h>

namespace artifactapi::transport {

// What the exchanges of one loop share.
struct PlainConnections {
  PlainConnections(runtime::Loop& loop, std::size_t kept)
      : context(loop.context()), idle(kept), deadlines(std::make_shared<Deadlines>(loop)) {}

  boost::asio::io_context& context;
  IdleConnections idle;
  std::shared_ptr<Deadlines> deadlines;
};

// Nothing is received but in head() and next(), and of a fast peer one piece ahead: while nobody calls them
// TCP holds the peer back.
class PlainExchange final : public Exchange,
                            public Deadlines::Member,
                            public std::enable_shared_from_this<PlainExchange> {
 public:
  PlainExchange(std::shared_ptr<PlainConnections> connections, std::shared_ptr<const TransferRequest> request)
      : connections_(std::move(connections)), request_(std::move(request)) {}

  void begin() override;
  void abort() override;
  void timed_out() override;

  [[nodiscard]] runtime::Task<Result<TransferHead>> head() override { return head_of(shared_from_this()); }
  [[nodiscard]] runtime::Task<Result<std::string>> next() override { return next_of(shared_from_this()); }
  [[nodiscard]] std::optional<std::string> next_at_once() override;
  [[nodiscard]] bool ended() const override {
    return head_seen_ && body_.ended() && ahead_.empty() && !failure_;
  }
  [[nodiscard]] bool died_before_answer() const override { return died_before_answer_; }

 private:
  [[nodiscard]] static runtime::Task<Result<TransferHead>> head_of(std::shared_ptr<PlainExchange> self);
  [[nodiscard]] static runtime::Task<Result<std::string>> next_of(std::shared_ptr<PlainExchange> self);

  void dial();
  void dialled(Result<boost::asio::ip::tcp::socket> socket);
  void send_request();
  void send_rest(std::string head, std::size_t sent);

  void take_head_bytes(const boost::system::error_code& error, std::size_t bytes);
  void end_of_head();
  [[nodiscard]] bool is_over() const;
  // What next() gives, counted.
  [[nodiscard]] std::string given(std::string piece);
  void receive_ahead();
  void came_ahead(const boost::system::error_code& error);
  void wake_at(std::size_t bytes);
  [[nodiscard]] std::size_t most_of_next() const;
  void make_room(std::string& piece);
  // What is there of the piece.
  void receive(std::string& piece);
  // Some of it; false when the socket has nothing yet.
  bool take_body_bytes(std::string& piece);
  bool receive_in_place(std::string& piece, std::size_t room);
  bool receive_to_feed(std::size_t room);
  // Notes an end or a failure; false when the socket had nothing yet.
  bool account_for(ssize_t received);
  void feed(std::string& piece, std::size_t room);
  void end_of_body();

  [[nodiscard]] Stage stage() const;
  void fail_with(Error error);
  void close();

  std::shared_ptr<PlainConnections> connections_;
  std::shared_ptr<const TransferRequest> request_;
  BufferShare share_;
  std::shared_ptr<Dial> dial_;
  std::optional<boost::asio::steady_timer> dialling_;  // cancelled when there is a connection or none will be
  std::unique_ptr<PlainConnection> connection_;        // stays, closed, while a coroutine may receive on it

  HeadReader reader_;
  BodyFraming framing_;
  BodyReader body_;
  std::uint64_t taken_ = 0;       // body bytes that next() gave
  std::size_t last_piece_ = 0;    // size of the last one
  std::size_t wanted_ = 0;        // most of the one being received
  std::string ahead_;             // the next piece, or its beginning
  int wakes_at_ = 1;              // SO_RCVLOWAT of the connection
  std::optional<Error> failure_;  // why it is over
  bool reused_ = false;
  bool sent_ = false;  // or being sent
  bool sent_whole_ = false;
  bool answered_ = false;  // a byte came back
  bool head_seen_ = false;
  bool kept_alive_ = false;   // the peer does not close after this answer
  bool others_turn_ = false;  // before the next piece
  bool asked_ = false;        // next() waits
  bool died_before_answer_ = false;
};

}  // namespace artifactapi::transport
