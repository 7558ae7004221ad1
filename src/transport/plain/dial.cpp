#include "transport/plain/dial.h"

#include "transport/stage.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace artifactapi::transport {

using boost::asio::ip::tcp;

namespace {

constexpr std::chrono::milliseconds kStagger{250};  // RFC 8305 section 5
constexpr int kKeepaliveSeconds = 60;

// The families in turn, each in its own order, beginning with that of the first.
std::vector<tcp::endpoint> in_turn(const std::vector<tcp::endpoint>& endpoints) {
  const bool v6_first = endpoints.front().address().is_v6();
  std::vector<tcp::endpoint> preferred;
  std::vector<tcp::endpoint> other;
  for (const auto& endpoint : endpoints)
    (endpoint.address().is_v6() == v6_first ? preferred : other).push_back(endpoint);
  std::vector<tcp::endpoint> turns;
  for (std::size_t at = 0; at < std::max(preferred.size(), other.size()); ++at) {
    if (at < preferred.size()) turns.push_back(preferred[at]);
    if (at < other.size()) turns.push_back(other[at]);
  }
  return turns;
}

void set_option(int descriptor, int level, int name, int value) {
  setsockopt(descriptor, level, name, &value, sizeof value);
}

// Not inherited by children, and with the options that every connection of ours has.
boost::system::error_code open(tcp::socket& socket, const tcp::endpoint& endpoint) {
  const int descriptor =
      ::socket(endpoint.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
  if (descriptor < 0) return {errno, boost::system::system_category()};
  set_option(descriptor, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, kKeepaliveSeconds);
  set_option(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, kKeepaliveSeconds);
  boost::system::error_code error;
  socket.assign(endpoint.protocol(), descriptor, error);
  if (error) ::close(descriptor);
  return error;
}

}  // namespace

Dial::Dial(boost::asio::io_context& context, std::vector<tcp::endpoint> endpoints, Done done)
    : context_(context), endpoints_(in_turn(endpoints)), stagger_(context), done_(std::move(done)) {
  attempts_.reserve(endpoints_.size());
}

void Dial::run() {
  try_next();
}

void Dial::cancel() {
  done_ = nullptr;
  stagger_.cancel();
  boost::system::error_code ignored;
  for (auto& attempt : attempts_) attempt.close(ignored);
}

void Dial::try_next() {
  const auto index = attempts_.size();
  if (index == endpoints_.size()) return;
  auto& socket = attempts_.emplace_back(context_);
  if (const auto error = open(socket, endpoints_[index])) return attempted(index, error);
  socket.async_connect(endpoints_[index], [self = shared_from_this(), index](const auto& error) {
    self->attempted(index, error);
  });
  if (index + 1 == endpoints_.size()) return;
  stagger_.expires_after(kStagger);
  stagger_.async_wait([self = shared_from_this()](const auto& error) {
    if (!error && self->done_) self->try_next();
  });
}

void Dial::attempted(std::size_t index, const boost::system::error_code& error) {
  if (!done_) return;
  if (!error) return finish(std::move(attempts_[index]));
  boost::system::error_code ignored;
  attempts_[index].close(ignored);
  if (++failed_ == endpoints_.size()) {
    return finish(fail(Code::Unreachable, fmt::format("{}{} port {}: {}", stage_text(Stage::Connecting),
                                                      endpoints_[index].address().to_string(),
                                                      endpoints_[index].port(), error.message())));
  }
  if (failed_ == attempts_.size()) {
    stagger_.cancel();
    try_next();
  }
}

void Dial::finish(Result<tcp::socket> result) {
  auto done = std::move(done_);
  cancel();
  done(std::move(result));
}

}  // namespace artifactapi::transport
