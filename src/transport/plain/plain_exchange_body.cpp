// The body of a plain exchange: a piece at a time, and one ahead.
#include "transport/plain/plain_exchange.h"

#include <boost/asio/error.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <chrono>
#include <sys/socket.h>
#include <utility>

namespace artifactapi::transport {

using boost::asio::ip::tcp;
using runtime::kAsTuple;
using runtime::Task;

namespace {

constexpr std::size_t kLeastPiece = 64 * 1024;
// Nothing is gained by larger ones: what takes the pieces writes as much at a time.
constexpr std::size_t kMostAligned = 128 * 1024;
constexpr std::size_t kLeastDecodedPiece = 16 * 1024;  // of a body whose length nobody knows
// Readers wait for the first bytes, and a peer that is let go on takes the processor from them.
constexpr std::uint64_t kTakenBeforeAhead = 4 * 1024 * 1024;

}  // namespace

// A piece that was received ahead goes out as it is.
Task<Result<std::string>> PlainExchange::next_of(std::shared_ptr<PlainExchange> self) {
  auto piece = std::exchange(self->ahead_, {});
  if (piece.empty() && !self->is_over()) {
    self->asked_ = true;
    self->connections_->deadlines->set(*self,
                                       std::chrono::steady_clock::now() + self->request_->idle_timeout);
    self->make_room(piece);
    if (!self->others_turn_) self->receive(piece);
    while (piece.empty() && !self->is_over()) {
      self->wake_at(1);
      co_await self->connection_->socket.async_wait(tcp::socket::wait_read, kAsTuple);
      self->receive(piece);
    }
    self->connections_->deadlines->clear(*self);
    self->asked_ = false;
  }
  if (piece.empty() && self->failure_) co_return std::unexpected(*self->failure_);
  co_return self->given(std::move(piece));
}

// What came with the head.
std::optional<std::string> PlainExchange::next_at_once() {
  if (!head_seen_ || is_over() || !ahead_.empty() || connection_->received().empty()) return std::nullopt;
  std::string piece;
  make_room(piece);
  receive(piece);
  return piece.empty() ? std::nullopt : std::optional(given(std::move(piece)));
}

std::string PlainExchange::given(std::string piece) {
  last_piece_ = piece.size();
  taken_ += piece.size();
  // Whoever waits for this piece on the loop is served before the next is received. Only while that has to
  // come from the socket: otherwise it might stay silent.
  others_turn_ = !is_over() && connection_->received().empty();
  // The peer is faster than whoever takes the pieces.
  const bool fast = 2 * last_piece_ >= wanted_;
  if (others_turn_ && fast && taken_ >= kTakenBeforeAhead) receive_ahead();
  return piece;
}

bool PlainExchange::is_over() const {
  return failure_ || body_.ended();
}

// While the one before is hashed and written. Half a piece is worth waking up for.
void PlainExchange::receive_ahead() {
  const auto half = most_of_next() / 2;
  const auto left = body_.as_they_are();
  wake_at(left > 0 ? static_cast<std::size_t>(std::min<std::uint64_t>(half, left)) : half);
  connection_->socket.async_wait(tcp::socket::wait_read,
                                 [weak = weak_from_this()](const boost::system::error_code& error) {
                                   if (const auto self = weak.lock()) self->came_ahead(error);
                                 });
}

void PlainExchange::came_ahead(const boost::system::error_code& error) {
  if (error || asked_ || is_over() || !ahead_.empty()) return;
  make_room(ahead_);
  receive(ahead_);
}

// How many bytes have to be there, or the end, before a wait is over.
void PlainExchange::wake_at(std::size_t bytes) {
  const auto least = static_cast<int>(bytes);
  if (least == wakes_at_) return;
  wakes_at_ = least;
  setsockopt(connection_->socket.native_handle(), SOL_SOCKET, SO_RCVLOWAT, &least, sizeof(least));
}

// Pieces of one transfer are alike: twice the room that the last one took lets them grow without waste. They
// end at multiples of a power of two, of half of themselves at most: a file that is written so lies in the
// page cache in runs of pages instead of single ones, which is less to do for who writes it.
std::size_t PlainExchange::most_of_next() const {
  const auto least = body_.as_they_are() > 0 ? kLeastPiece : kLeastDecodedPiece;
  const auto most = std::min(std::max(least, 2 * last_piece_), BufferShare::room(taken_));
  const auto over = (taken_ + most) % std::min(std::bit_floor(most) / 2, kMostAligned);
  return over < most ? most - over : most;
}

void PlainExchange::make_room(std::string& piece) {
  wanted_ = most_of_next();
  if (const auto left = body_.as_they_are(); left > 0)
    wanted_ = static_cast<std::size_t>(std::min<std::uint64_t>(wanted_, left));
  piece.reserve(wanted_);
}

// What came with the head of a large body is a piece of its own: readers wait for it.
void PlainExchange::receive(std::string& piece) {
  while (!is_over() && piece.size() < wanted_ && take_body_bytes(piece)) {
    if (taken_ == 0 && body_.as_they_are() > kLeastPiece) return;
  }
}

bool PlainExchange::take_body_bytes(std::string& piece) {
  const auto room = wanted_ - piece.size();
  if (connection_->received().empty()) {
    const bool in_place = body_.as_they_are() > 0;
    if (!(in_place ? receive_in_place(piece, room) : receive_to_feed(room))) return false;
  }
  feed(piece, room);
  if (!failure_ && body_.ended()) end_of_body();
  return true;
}

void PlainExchange::feed(std::string& piece, std::size_t room) {
  if (failure_ || body_.ended() || connection_->received().empty()) return;
  auto used = body_.feed(connection_->received().substr(0, room), piece);
  if (!used) return fail_with(std::move(used.error()));
  connection_->use(*used);
}

// Straight into the piece.
bool PlainExchange::receive_in_place(std::string& piece, std::size_t room) {
  const auto before = piece.size();
  ssize_t received = 0;
  piece.resize_and_overwrite(before + room, [&](char* bytes, std::size_t) {
    received = recv(connection_->socket.native_handle(), bytes + before, room, MSG_DONTWAIT);
    return before + static_cast<std::size_t>(std::max<ssize_t>(received, 0));
  });
  if (received > 0) body_.received(static_cast<std::size_t>(received));
  return account_for(received);
}

bool PlainExchange::receive_to_feed(std::size_t room) {
  const auto buffer = connection_->room();
  const auto received =
      recv(connection_->socket.native_handle(), buffer.data(), std::min(room, buffer.size()), MSG_DONTWAIT);
  if (received > 0) connection_->end = static_cast<std::size_t>(received);
  return account_for(received);
}

bool PlainExchange::account_for(ssize_t received) {
  if (received > 0) return true;
  if (received < 0) {
    if (errno == EAGAIN || errno == EWOULDBLOCK) return false;
    const boost::system::error_code error(errno, boost::system::system_category());
    fail_with({Code::Cut, fmt::format("{}{}", stage_text(Stage::Receiving), error.message())});
  } else if (auto end = body_.end_of_connection(); !end) {
    fail_with(std::move(end.error()));
  }
  return true;
}

// The connection serves the next request if nothing is left on it that might be taken for that one's answer.
void PlainExchange::end_of_body() {
  connections_->deadlines->clear(*this);
  const bool reusable = kept_alive_ && framing_.framed && sent_whole_ && connection_->received().empty();
  if (reusable) {
    wake_at(1);
    connections_->idle.put(std::move(connection_));
  } else {
    close();
  }
}

}  // namespace artifactapi::transport
