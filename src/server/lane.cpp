#include "server/lane.h"

#include "http/date.h"

#include <random>
#include <unistd.h>
#include <utility>

namespace artifactapi::server {

namespace {

using boost::asio::ip::tcp;
using runtime::kAsTuple;
using runtime::Task;

constexpr std::size_t kAcceptsPerWake = 64;
constexpr std::size_t kPagesKept = 64;  // free ones that stay in memory
constexpr std::chrono::milliseconds kBackOff{100};

void write_hex(char* out, std::uint32_t value) {
  constexpr char kDigits[] = "0123456789abcdef";
  for (int shift = 28; shift >= 0; shift -= 4) *out++ = kDigits[(value >> shift) & 15];
}

}  // namespace

Lane::Lane(std::shared_ptr<Services> services, runtime::Loop& loop, File listening)
    : services_(std::move(services)),
      loop_(loop),
      acceptor_(loop.context()),
      sweep_timer_(loop.context()),
      delay_timer_(loop.context()) {
  boost::system::error_code ignored;
  acceptor_.assign(tcp::v4(), ::dup(listening.descriptor()), ignored);
  std::random_device random;
  write_hex(request_id_.data(), random());
  request_id_[8] = '-';
  request_count_ = random();
}

void Lane::start() {
  services_->chores.spawn(loop_, accept_connections(shared_from_this()));
  services_->chores.spawn(loop_, sweep_regularly(shared_from_this()));
}

std::string_view Lane::constant_lines(Time now) {
  const std::int64_t second = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  if (second != date_second_) {
    date_second_ = second;
    char date[http::kDateBytes];
    http::format_date_into(date, now);
    constant_lines_ = "Server: artifactapi\r\nDate: ";
    constant_lines_.append(date, sizeof date);
    constant_lines_ += "\r\n";
  }
  return constant_lines_;
}

std::string_view Lane::new_request_id() {
  write_hex(request_id_.data() + 9, request_count_++);
  return {request_id_.data(), request_id_.size()};
}

Task<> Lane::accept_connections(std::shared_ptr<Lane> self) {
  while (self->acceptor_.is_open()) {
    const auto [failure] = co_await self->acceptor_.async_wait(tcp::acceptor::wait_read, kAsTuple);
    if (failure || !self->acceptor_.is_open()) co_return;
    const bool fine = self->accept_some(kAcceptsPerWake);
    if (!fine) co_await self->back_off();
  }
}

bool Lane::accept_some(std::size_t most) {
  for (std::size_t i = 0; i < most; ++i) {
    if (services_->spread.total() >= services_->max_connections) return false;
    const Accepted accepted = accept_next(acceptor_.native_handle());
    if (accepted.result == Acceptance::OutOfResource) return false;
    if (accepted.result == Acceptance::Empty) break;
    place_connection(accepted);
  }
  backing_off_ = false;
  return true;
}

void Lane::place_connection(const Accepted& accepted) {
  // While draining another lane may have closed already.
  const bool draining = services_->draining.load(std::memory_order_seq_cst);
  Spread& spread = services_->spread;
  Spread::Place place = draining ? spread.stay(loop_.index()) : spread.choose(loop_.index());
  auto lane = services_->lanes[place.lane()].lock();
  if (!lane) lane = shared_from_this();  // the server is gone, and the other with it
  tcp::socket socket(lane->loop_.context());
  boost::system::error_code failure;
  socket.assign(accepted.peer.protocol(), accepted.descriptor, failure);
  if (failure) {  // it cannot be watched; closing it tells the client
    ::close(accepted.descriptor);
    return;
  }
  services_->accepted.fetch_add(1, std::memory_order_relaxed);
  auto peer = address_text(accepted.peer.address());
  if (lane.get() == this) return begin_connection(std::move(socket), std::move(peer), std::move(place));
  runtime::Loop& loop = lane->loop_;
  services_->connections.spawn(
      loop, take_over(std::move(lane), std::move(socket), std::move(peer), std::move(place)));
}

Task<> Lane::take_over(std::shared_ptr<Lane> self, tcp::socket socket, std::string peer,
                       Spread::Place place) {
  if (!self->stopped_) self->begin_connection(std::move(socket), std::move(peer), std::move(place));
  co_return;
}

void Lane::begin_connection(tcp::socket socket, std::string peer, Spread::Place place) {
  auto connection =
      std::make_unique<Connection>(shared_from_this(), std::move(place), std::move(socket), std::move(peer));
  connections_.push_back(*connection);
  // Draining began while it was on its way from another lane.
  if (!acceptor_.is_open()) connection->drain(std::chrono::steady_clock::now());
  services_->connections.spawn(loop_, Connection::run(std::move(connection)));
}

Task<> Lane::back_off() {
  services_->accept_backoffs.fetch_add(1, std::memory_order_relaxed);
  if (!std::exchange(backing_off_, true)) {
    services_->log.warning("not accepting connections for now: out of descriptors or at the connection limit",
                           {{"open", services_->spread.total()}, {"limit", services_->max_connections}});
  }
  boost::asio::steady_timer pause(loop_.context(), kBackOff);
  co_await pause.async_wait(kAsTuple);
}

Task<> Lane::sweep_regularly(std::shared_ptr<Lane> self) {
  while (!self->stopped_) {
    self->sweep_timer_.expires_after(self->services_->limits.tick);
    co_await self->sweep_timer_.async_wait(kAsTuple);
    const auto now = std::chrono::steady_clock::now();
    for (Connection& connection : self->connections_) connection.check(now);
    self->pages_.trim(kPagesKept);
  }
}

void Lane::begin_drain() {
  services_->chores.spawn(loop_, close_after_delay(shared_from_this()));
}

Task<> Lane::close_after_delay(std::shared_ptr<Lane> self) {
  self->delay_timer_.expires_after(self->services_->limits.drain_delay);
  co_await self->delay_timer_.async_wait(kAsTuple);
  if (self->acceptor_.is_open()) self->accept_some(SIZE_MAX);  // closing would reset those who wait
  self->close_listening();
  const auto now = std::chrono::steady_clock::now();
  for (Connection& connection : self->connections_) connection.drain(now);
}

void Lane::close_listening() {
  if (!acceptor_.is_open()) return;
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  services_->listening.fetch_sub(1, std::memory_order_seq_cst);
  services_->listening_changed.ring();
}

void Lane::stop() {
  stopped_ = true;
  close_listening();
  sweep_timer_.cancel();
  delay_timer_.cancel();
  for (Connection& connection : connections_) connection.abort();
}

}  // namespace artifactapi::server
