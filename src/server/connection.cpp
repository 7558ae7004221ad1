#include "server/connection.h"

#include "server/lane.h"

#include <boost/asio/buffer.hpp>

#include <algorithm>
#include <array>
#include <sys/ioctl.h>
#include <utility>

namespace artifactapi::server {

namespace {

using boost::asio::ip::tcp;
using runtime::kAsTuple;
using runtime::Task;

constexpr std::chrono::milliseconds kFreshGraceInDrain{1000};
// A TLS record with a handshake message begins so (RFC 8446, 5.1); no HTTP request does.
constexpr char kTlsHandshake = 0x16;
// For so long a file that was sent whole is taken to be in memory still, without asking the kernel: if it is
// not, the loop waits for the disk. Files larger than a loop sends in one go are asked about each time.
constexpr std::chrono::milliseconds kStaysInMemory{100};
constexpr std::uint64_t kMostTakenOnTrust = 1024 * 1024;

bool is_in_memory(const cache::Ready& ready, std::chrono::steady_clock::time_point now) {
  const std::chrono::steady_clock::duration sent{ready.whole_sent_at.load(std::memory_order_relaxed)};
  return sent.count() != 0 && now.time_since_epoch() - sent < kStaysInMemory;
}

void note_in_memory(const cache::Ready& ready, std::chrono::steady_clock::time_point now) {
  if (ready.size == 0 || ready.size > kMostTakenOnTrust) return;
  ready.whole_sent_at.store(now.time_since_epoch().count(), std::memory_order_relaxed);
}

}  // namespace

Connection::Connection(std::shared_ptr<Lane> lane, Spread::Place place, tcp::socket socket,
                       std::string peer_address)
    : lane_(std::move(lane)),
      place_(std::move(place)),
      services_(lane_->services()),
      socket_(std::move(socket)),
      output_(socket_, services_.pool),
      buffer_(lane_->pages()),
      peer_address_(std::move(peer_address)) {
  if (const auto& certificate = lane_->certificate()) {
    tls_ = std::make_unique<TlsSession>(certificate, socket_.native_handle());
    output_.secure(*tls_);
  }
  enter(Phase::Fresh, services_.limits.header_timeout);
}

Task<> Connection::run(std::unique_ptr<Connection> self) {
  Connection& c = *self;
  const bool agreed = !c.tls_ || co_await c.handshake();
  if (!agreed) co_return;
  for (;;) {
    Next next = c.advance();
    if (next == Next::Rest) {
      next = co_await c.send_rest();
    } else if (next == Next::Answer) {
      next = co_await c.answer();
    } else if (next == Next::Read) {
      bool received = false;
      if (c.tls_) {
        received = co_await c.receive_tls();
      } else {  // receive() without the cost of a coroutine of its own
        const auto room = c.buffer_.prepare();
        const auto [failure, bytes] =
            co_await c.socket_.async_read_some(boost::asio::buffer(room.data(), room.size()), kAsTuple);
        received = c.took(failure, bytes);
      }
      if (!received && c.take_buffer_) received = co_await c.await_bytes();
      next = received ? Next::Read : c.read_ended();
    }
    if (next == Next::Read) continue;  // after an answer the next request may have come already
    if (next == Next::Refuse) co_await c.refuse();
    break;
  }
  if (c.tls_ && c.socket_.is_open()) c.tls_->say_end();
  if (c.input_waits()) co_await c.linger();
  boost::system::error_code ignored;
  c.socket_.close(ignored);
}

Connection::Next Connection::advance() {
  while (!buffer_.empty()) {
    const std::string_view bytes = buffer_.view();
    const auto end = http::head_end(bytes, scanned_);
    if (!end) return judge_partial_head();
    scanned_ = 0;
    head_bytes_ = *end;
    phase_ = Phase::Answering;
    began_ = Steady::now();
    auto summary = http::check_request_head(bytes.substr(0, head_bytes_), services_.limits.head);
    if (!summary) return refuse_head(std::move(summary.error()));
    summary_ = *summary;
    set_request_id(summary_.x_request_id);
    if (!summary_.plain) return Next::Answer;
    const auto ready = services_.handler.hot(summary_);
    if (!ready) return Next::Answer;
    const Next next = try_hot(ready);
    if (next != Next::Read) return next;
  }
  return Next::Read;
}

Connection::Next Connection::judge_partial_head() {
  const std::string_view bytes = buffer_.view();
  // Container clients try TLS first, and take up plain HTTP only when somebody answered: there is no head to
  // wait for.
  if (bytes.front() == kTlsHandshake) return refuse_head({400, "TLS where plain HTTP is served"});
  scanned_ = bytes.size();
  if (phase_ != Phase::Head) {
    began_ = Steady::now();
    enter(Phase::Head, services_.limits.header_timeout);
  }
  if (bytes.size() <= services_.limits.head.head_bytes) return Next::Read;
  return refuse_head(http::oversized_head(bytes, services_.limits.head));
}

Connection::Next Connection::refuse_head(http::HeadFault fault) {
  fault_ = std::move(fault);
  asked_ = Asked{};
  set_request_id({});
  return Next::Refuse;
}

Connection::Next Connection::try_hot(const std::shared_ptr<const cache::Ready>& ready) {
  const bool with_body = summary_.method != http::Method::Head;
  rest_persistence_ = persistence(summary_.keep_alive, summary_.minor_version);
  const Time now = services_.clock.now();
  const auto age = std::chrono::duration_cast<Seconds>(now - ready->stored_at).count();
  std::array<char, kHotTailBytes> space;
  const HeadTail lines{lane_->constant_lines(now), request_id_, rest_persistence_};
  const std::string_view tail = write_hot_tail(space, lines, age);
  const bool with_file = with_body && ready->file;
  const std::string_view body =
      with_body && ready->body ? std::string_view(*ready->body) : std::string_view();

  std::int64_t taken = 0;
  if (!with_file) {
    taken = output_.try_send(ready->head, tail, body);
  } else if (is_in_memory(*ready, began_)) {
    taken = output_.try_send_file(ready->head, tail, ready->file->descriptor(), ready->size);
  }
  if (taken < 0) return hot_finished(*ready, Sent::Gone);
  const auto sent = static_cast<std::uint64_t>(taken);
  const std::uint64_t all = ready->head.size() + tail.size() + (with_file ? ready->size : body.size());
  if (sent == all) return hot_finished(*ready, Sent::All);
  const std::size_t of_head = std::min<std::uint64_t>(sent, ready->head.size());
  const std::size_t of_tail = std::min<std::uint64_t>(sent - of_head, tail.size());
  output_.hold(std::string_view(ready->head).substr(of_head));
  output_.hold(tail.substr(of_tail));
  rest_ = ready;
  rest_offset_ = sent - of_head - of_tail;
  return Next::Rest;
}

Task<Connection::Next> Connection::send_rest() {
  const auto ready = std::move(rest_);
  Sent sent = Sent::All;
  if (summary_.method == http::Method::Head) {
    sent = co_await output_.flush();
  } else if (ready->file) {
    const LargeBody large(output_, ready->size - rest_offset_);
    sent = co_await output_.send_file(ready->file->descriptor(), rest_offset_, ready->size - rest_offset_);
    if (sent == Sent::Broken) ready->file->mark_spoilt();
    if (sent == Sent::All) note_in_memory(*ready, began_);
    if (sent == Sent::All) sent = co_await output_.flush();  // the head of an empty file
  } else {
    sent = co_await output_.write(ready->body ? std::string_view(*ready->body).substr(rest_offset_) : "");
  }
  co_return hot_finished(*ready, sent);
}

Connection::Next Connection::hot_finished(const cache::Ready& ready, Sent sent) {
  const auto now = Steady::now();
  api::Exchange exchange;
  exchange.method = summary_.method_text;
  exchange.target = summary_.target;
  exchange.status = 200;
  exchange.body_bytes = output_.take_payload_bytes();
  exchange.complete = sent == Sent::All;
  exchange.duration = std::chrono::duration_cast<std::chrono::microseconds>(now - began_);
  exchange.peer_address = peer_address_;
  exchange.request_id = request_id_;
  exchange.outcome = ready.outcome;
  exchange.repository = ready.repository;
  exchange.path = ready.path;
  services_.handler.finished(exchange);
  buffer_.consume(head_bytes_);
  return after_answer(sent, rest_persistence_);
}

Connection::Next Connection::after_answer(Sent sent, Persistence persistence) {
  if (sent != Sent::All) {
    abort();
    return Next::Close;
  }
  if (persistence == Persistence::Close) return Next::Close;
  // The head had promised more, but draining began since; what the client has sent already is still answered.
  if (services_.draining.load(std::memory_order_relaxed) && !input_waits()) return Next::Close;
  enter(Phase::Idle, services_.limits.idle_timeout);
  return Next::Read;
}

Persistence Connection::persistence(bool keep_alive, int minor_version) const {
  if (!keep_alive || services_.draining.load(std::memory_order_relaxed)) return Persistence::Close;
  return minor_version == 0 ? Persistence::KeepAliveAnnounced : Persistence::KeepAlive;
}

Task<bool> Connection::receive() {
  if (tls_) co_return co_await receive_tls();
  const auto room = buffer_.prepare();
  const auto [failure, received] =
      co_await socket_.async_read_some(boost::asio::buffer(room.data(), room.size()), kAsTuple);
  co_return took(failure, received);
}

Task<bool> Connection::await_bytes() {
  take_buffer_ = false;
  buffer_.release();
  output_.shrink();
  const auto [failure] = co_await socket_.async_wait(tcp::socket::wait_read, kAsTuple);
  co_return !failure;
}

bool Connection::took(const boost::system::error_code& failure, std::size_t received) {
  if (failure) return false;
  buffer_.commit(received);
  expired_ = take_buffer_ = false;  // the sweep came too late
  return true;
}

Connection::Next Connection::read_ended() {
  if (!expired_ || phase_ != Phase::Head) return Next::Close;
  return refuse_head({.status = 408, .reason = "the request head took too long"});
}

void Connection::check(Steady::time_point now) {
  const auto& limits = services_.limits;
  if (phase_ == Phase::Answering) {
    if (!output_.stalled(now, limits.write_stall_timeout)) return;
    services_.timed_out.fetch_add(1, std::memory_order_relaxed);
    return abort();
  }
  if (now >= deadline_) {
    services_.timed_out.fetch_add(1, std::memory_order_relaxed);
    return cancel_read();
  }
  const auto granted = phase_ == Phase::Idle ? limits.idle_timeout : limits.header_timeout;
  const bool quiet = phase_ == Phase::Idle || phase_ == Phase::Fresh;
  if (quiet && buffer_.has_storage() && !take_buffer_ && now - (deadline_ - granted) >= limits.tick) {
    take_buffer_ = true;
    boost::system::error_code ignored;
    socket_.cancel(ignored);
  }
}

void Connection::drain(Steady::time_point now) {
  if (phase_ == Phase::Fresh) deadline_ = std::min(deadline_, now + kFreshGraceInDrain);
  if (phase_ == Phase::Idle && !input_waits()) cancel_read();
}

void Connection::cancel_read() {
  expired_ = true;
  take_buffer_ = false;
  boost::system::error_code ignored;
  socket_.cancel(ignored);
}

void Connection::abort() {
  boost::system::error_code ignored;
  socket_.set_option(tcp::socket::linger(true, 0), ignored);
  socket_.close(ignored);
}

bool Connection::input_waits() {
  if (!socket_.is_open()) return false;
  int waiting = 0;
  return !buffer_.empty() || (::ioctl(socket_.native_handle(), FIONREAD, &waiting) == 0 && waiting > 0);
}

void Connection::enter(Phase phase, std::chrono::milliseconds limit) {
  phase_ = phase;
  deadline_ = Steady::now() + limit;
}

void Connection::set_request_id(std::string_view of_client) {
  request_id_ = usable_request_id(of_client) ? of_client : lane_->new_request_id();
}

}  // namespace artifactapi::server
