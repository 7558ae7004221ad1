#include "transport/plain/plain_exchange.h"

#include "transport/address_rules.h"
#include "transport/plain/request_text.h"

#include <boost/asio/error.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <sys/socket.h>
#include <utility>
#include <vector>

namespace artifactapi::transport {

using boost::asio::ip::tcp;
using runtime::kAsTuple;
using runtime::Task;

namespace {

// RFC 9112 section 9.3.
bool stays_open(const HeadCollector& head) {
  bool close = false;
  bool keep_alive = false;
  for (const auto& [name, value] : head.headers()) {
    if (!http::equal_ignoring_case(name, "Connection")) continue;
    close |= http::has_token(value, "close");
    keep_alive |= http::has_token(value, "keep-alive");
  }
  return !close && (keep_alive || !head.is_http_1_0());
}

boost::asio::ip::address peer_of(const tcp::socket& socket) {
  boost::system::error_code error;
  return socket.remote_endpoint(error).address();
}

}  // namespace

void PlainExchange::begin() {
  // A POST is not sent twice, so it goes where nothing was said before.
  if (request_->method != "POST") connection_ = connections_->idle.take(*request_);
  if (!connection_) return dial();
  reused_ = true;
  send_request();
}

void PlainExchange::dial() {
  std::vector<tcp::endpoint> allowed;
  const boost::asio::ip::address* refused = nullptr;
  for (const auto& address : request_->addresses) {
    if (request_->reach == Reach::Any || is_public(address)) {
      allowed.emplace_back(address, request_->url.port);
    } else {
      refused = &address;
    }
  }
  if (allowed.empty() && refused != nullptr) {
    return fail_with({Code::Unreachable, fmt::format("{} is at {}, which is not a public address",
                                                     request_->url.host, refused->to_string())});
  }
  if (allowed.empty()) return fail_with({Code::Unreachable, "no address is known for " + request_->url.host});

  dialling_.emplace(connections_->context, boost::asio::steady_timer::time_point::max());
  const auto dial = std::make_shared<Dial>(connections_->context, std::move(allowed),
                                           [weak = weak_from_this()](Result<tcp::socket> socket) {
                                             if (const auto self = weak.lock())
                                               self->dialled(std::move(socket));
                                           });
  dial_ = dial;
  connections_->deadlines->set(*this, std::chrono::steady_clock::now() + request_->connect_timeout);
  dial->run();
}

void PlainExchange::dialled(Result<tcp::socket> socket) {
  dial_.reset();
  if (!socket) return fail_with(std::move(socket.error()));
  const auto peer = peer_of(*socket);
  connection_ = std::make_unique<PlainConnection>(std::move(*socket), *request_, peer);
  send_request();
  dialling_->cancel();
}

void PlainExchange::send_request() {
  sent_ = true;
  connections_->deadlines->set(*this, std::chrono::steady_clock::now() + request_->first_byte_timeout);
  auto head = request_head(*request_);
  if (!head) return fail_with(std::move(head.error()));
  if (request_->body) return send_rest(std::move(*head), 0);
  const auto sent =
      send(connection_->socket.native_handle(), head->data(), head->size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  sent_whole_ = sent == static_cast<ssize_t>(head->size());
  // What a failure means is read: the peer may have answered before it closed.
  if (sent_whole_ || (sent < 0 && errno != EAGAIN && errno != EWOULDBLOCK)) return;
  send_rest(std::move(*head), static_cast<std::size_t>(std::max<ssize_t>(sent, 0)));
}

// What of the head was not sent, and the body, which is counted where it is held and not copied here.
void PlainExchange::send_rest(std::string head, std::size_t sent) {
  const auto kept = std::make_shared<const std::string>(std::move(head));
  const auto body = request_->body ? boost::asio::buffer(*request_->body) : boost::asio::const_buffer();
  const std::array<boost::asio::const_buffer, 2> rest = {boost::asio::buffer(*kept) + sent, body};
  boost::asio::async_write(connection_->socket, rest,
                           [self = shared_from_this(), kept](const boost::system::error_code& error,
                                                             std::size_t) { self->sent_whole_ = !error; });
}

void PlainExchange::abort() {
  failure_ = Error{Code::Cancelled, "given up"};
  ahead_ = std::string();
  close();
}

void PlainExchange::timed_out() {
  switch (stage()) {
    case Stage::Connecting: return fail_with({Code::Timeout, "connecting: no address answered in time"});
    case Stage::Waiting: return fail_with({Code::Timeout, "no response head in time"});
    case Stage::Receiving: return fail_with({Code::Timeout, "the body stands still"});
  }
}

Stage PlainExchange::stage() const {
  if (head_seen_) return Stage::Receiving;
  return sent_ ? Stage::Waiting : Stage::Connecting;
}

void PlainExchange::fail_with(Error error) {
  if (!failure_) failure_ = std::move(error);
  close();
}

// Whoever waits goes on.
void PlainExchange::close() {
  connections_->deadlines->clear(*this);
  if (dial_) std::exchange(dial_, nullptr)->cancel();
  if (dialling_) dialling_->cancel();
  boost::system::error_code ignored;
  if (connection_) connection_->socket.close(ignored);
}

Task<Result<TransferHead>> PlainExchange::head_of(std::shared_ptr<PlainExchange> self) {
  while (!self->connection_ && !self->failure_) co_await self->dialling_->async_wait(kAsTuple);
  while (!self->head_seen_ && !self->failure_) {
    auto& connection = *self->connection_;
    const auto [error, bytes] = co_await connection.socket.async_receive(connection.room(), kAsTuple);
    self->take_head_bytes(error, bytes);
  }
  if (self->failure_) co_return std::unexpected(*self->failure_);
  auto& collected = self->reader_.head();
  co_return TransferHead{.status = collected.status(),
                         .headers = collected.take_headers(),
                         .length = self->framing_.length,
                         .framed = self->framing_.framed,
                         .reused_connection = self->reused_};
}

void PlainExchange::take_head_bytes(const boost::system::error_code& error, std::size_t bytes) {
  if (failure_) return;
  if (error) {
    died_before_answer_ = reused_ && !answered_;
    return fail_with({Code::Cut, error == boost::asio::error::eof
                                     ? "the connection ended within the response head"
                                     : fmt::format("{}{}", stage_text(Stage::Waiting), error.message())});
  }
  answered_ = true;
  connection_->end = bytes;
  auto used = reader_.feed(connection_->received());
  if (!used) return fail_with(std::move(used.error()));
  connection_->use(*used);
  if (reader_.head().complete()) end_of_head();
}

void PlainExchange::end_of_head() {
  const auto& head = reader_.head();
  auto framing = framing_of(request_->method, head.status(), head.is_http_1_0(), head.headers());
  if (!framing) return fail_with(std::move(framing.error()));
  framing_ = *framing;
  body_ = BodyReader(framing_);
  kept_alive_ = stays_open(head);
  head_seen_ = true;
  connections_->deadlines->clear(*this);
  if (body_.ended()) end_of_body();
}

}  // namespace artifactapi::transport
