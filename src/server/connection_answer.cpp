// The general way of a request: its body, the handler, the answer, and refusals.
#include "http/chunked_decoder.h"
#include "server/body_writer.h"
#include "server/connection.h"
#include "server/lane.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace artifactapi::server {

namespace {

using runtime::Task;

constexpr std::size_t kLingerBytes = 1024 * 1024;
// What a body takes of the memory for all of them at a time.
constexpr std::uint64_t kBodyStep = 1024 * 1024;

}  // namespace

Task<Connection::Next> Connection::answer() {
  http::Request request = http::to_request(summary_, buffer_.view().substr(0, head_bytes_));
  const http::BodyFraming framing = summary_.body;
  note_asked(request);
  buffer_.consume(head_bytes_);
  BodyBudget::Share memory;  // until nobody needs the body any more
  if (framing.kind != http::BodyFraming::Kind::None) {
    std::string body;
    const bool whole = co_await read_body(framing, body, memory);
    if (!whole) co_return fault_.status != 0 ? Next::Refuse : Next::Close;
    request.body = std::make_shared<const std::string>(std::move(body));
  }
  phase_ = Phase::Answering;
  const api::RequestContext context{.request_id = request_id_,
                                    .peer_address = peer_address_,
                                    .secure = tls_ != nullptr,
                                    .client_gone = [this] { return output_.peer_gone(); }};
  api::Response response = co_await services_.handler.handle(request, context);
  if (request.method == http::Method::Head) response.body = cache::EmptyBody{};
  // An upstream whose answer is passed on may still be reading.
  if (!std::holds_alternative<cache::RelayBody>(response.body)) {
    request.body = nullptr;
    memory = BodyBudget::Share();
  }
  co_return co_await respond(std::move(response));
}

// Into the room that the texts of the request before have taken.
void Connection::note_asked(const http::Request& request) {
  asked_.method = request.method;
  asked_.method_text = request.method_text;
  asked_.target = request.target;
  asked_.minor_version = request.minor_version;
  asked_.keep_alive = summary_.keep_alive;
  asked_.expects_continue = summary_.has_expect;
}

Task<bool> Connection::read_body(http::BodyFraming framing, std::string& body, BodyBudget::Share& memory) {
  fault_ = {.status = 0, .reason = {}};
  const bool chunked = framing.kind == http::BodyFraming::Kind::Chunked;
  std::size_t limit = services_.limits.body_bytes;
  if ((chunked || framing.length > limit) &&
      services_.handler.takes_large_body(asked_.method, asked_.target)) {
    limit = services_.limits.large_body_bytes;
  }
  if (!chunked && framing.length > limit) {
    fault_ = {.status = 413, .reason = "the request body is too large"};
    co_return false;
  }
  const std::uint64_t announced = chunked ? limit : framing.length;
  memory = services_.bodies.take(std::min(announced, kBodyStep));
  if (!memory) {
    fault_ = {.status = 503, .reason = "too many request bodies at once"};
    co_return false;
  }
  if (asked_.expects_continue && buffer_.empty() && asked_.minor_version > 0) {
    output_.hold("HTTP/1.1 100 Continue\r\n\r\n");
    const Sent sent = co_await output_.flush();
    if (sent != Sent::All) co_return false;
  }
  enter(Phase::Body, services_.limits.body_timeout);
  if (chunked) co_return co_await read_chunked(body, limit, memory);
  body.reserve(framing.length);
  while (body.size() < framing.length) {
    const auto bytes = buffer_.view().substr(0, framing.length - body.size());
    if (!room_for(body.size() + bytes.size(), framing.length, memory)) co_return false;
    body += bytes;
    buffer_.consume(bytes.size());
    if (body.size() == framing.length) break;
    const bool more = co_await receive_body();
    if (!more) co_return false;
  }
  co_return true;
}

// A large body takes its part of what there is for all as it comes: what is only announced keeps nobody out.
bool Connection::room_for(std::uint64_t bytes, std::uint64_t most, BodyBudget::Share& memory) {
  const auto taken = memory.bytes();
  if (bytes <= taken) return true;
  const bool extended = memory.extend(std::min(std::max(bytes, taken + kBodyStep), most) - taken);
  if (extended) return true;
  fault_ = {.status = 503, .reason = "too many request bodies at once"};
  return false;
}

Task<bool> Connection::receive_body() {
  const bool more = co_await receive();
  if (!more && expired_) fault_ = {.status = 408, .reason = "the request body took too long"};
  co_return more;
}

Task<bool> Connection::read_chunked(std::string& body, std::size_t limit, BodyBudget::Share& memory) {
  http::ChunkedDecoder decoder(limit);
  for (;;) {
    if (!room_for(std::min(body.size() + buffer_.view().size(), limit), limit, memory)) co_return false;
    const auto used = decoder.feed(buffer_.view(), body);
    if (!used) {
      fault_ = {.status = used.error().code == Code::TooLarge ? 413 : 400, .reason = used.error().message};
      co_return false;
    }
    buffer_.consume(*used);
    if (decoder.done()) co_return true;
    const bool more = co_await receive_body();
    if (!more) co_return false;
  }
}

Task<Connection::Next> Connection::respond(api::Response response) {
  // Who sends malformed requests may be wrong about where they end, too.
  const bool trusted = asked_.keep_alive && response.status != 400;
  const Persistence persistent = persistence(trusted, asked_.minor_version);
  const ResponseFraming framing = frame_response(response, asked_.method, asked_.minor_version);
  const HeadTail tail{lane_->constant_lines(services_.clock.now()), request_id_, persistent};
  Sent sent = Sent::Broken;
  write_head(output_.held(), response, framing, tail);
  if (framing.kind == ResponseFraming::Kind::NoBody) {
    sent = co_await output_.flush();
  } else if (framing.kind != ResponseFraming::Kind::Unsupported) {
    BodyWriter writer(output_, framing);
    const auto at_once = writer.try_write(response.body);
    sent = at_once ? *at_once : co_await writer.write(response.body);
  }
  api::Exchange exchange;
  exchange.method = asked_.method_text;
  exchange.target = asked_.target;
  exchange.status = response.status;
  exchange.body_bytes = output_.take_payload_bytes();
  exchange.complete = sent == Sent::All;
  exchange.duration = std::chrono::duration_cast<std::chrono::microseconds>(Steady::now() - began_);
  exchange.peer_address = peer_address_;
  exchange.request_id = request_id_;
  exchange.outcome = response.outcome;
  exchange.repository = response.repository;
  exchange.path = response.path;
  exchange.hot = response.hot;
  services_.handler.finished(exchange);
  co_return after_answer(sent, persistent);
}

Task<> Connection::refuse() {
  services_.refused_requests.fetch_add(1, std::memory_order_relaxed);
  phase_ = Phase::Answering;
  asked_.keep_alive = false;
  const api::RequestContext context{.request_id = request_id_, .peer_address = peer_address_};
  api::Response response = services_.handler.refuse(fault_.status, fault_.reason, context);
  co_await respond(std::move(response));
  co_await linger();
}

// Closing while bytes of the client are unread would reset the connection, and the reset could overtake the
// answer.
Task<> Connection::linger() {
  if (!socket_.is_open()) co_return;
  if (tls_) tls_->say_end();
  boost::system::error_code ignored;
  socket_.shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
  enter(Phase::Lingering, services_.limits.linger_timeout);
  for (std::size_t dropped = 0; dropped < kLingerBytes;) {
    dropped += buffer_.view().size();
    buffer_.consume(buffer_.view().size());
    const bool more = co_await receive();
    if (!more) break;
  }
}

}  // namespace artifactapi::server
