#include "server/server.h"

#include "server/lane.h"
#include "server/listener.h"
#include "server/services.h"

#include <csignal>
#include <utility>

namespace artifactapi::server {

using boost::asio::ip::tcp;

Server::Server(runtime::Loops& loops, api::Handler& handler, runtime::BlockingPool& pool, telemetry::Log& log,
               const Clock& clock, const ServerLimits& limits)
    : services_(new Services{.loops = loops,
                             .handler = handler,
                             .pool = pool,
                             .log = log,
                             .clock = clock,
                             .limits = limits,
                             .max_connections = limits.max_connections != 0
                                                    ? limits.max_connections
                                                    : connections_allowed_by_descriptors()}) {
  std::signal(SIGPIPE, SIG_IGN);  // sendfile has no flag for it
}

Server::~Server() = default;

Result<tcp::endpoint> Server::listen(const std::string& host, std::uint16_t port) {
  auto address = endpoint_of(host, port);
  if (!address) return address;
  if (address->port() != 0) {
    const auto free = check_free(*address);
    if (!free) return std::unexpected(free.error());
  }
  for (std::size_t i = 0; i < services_->loops.size(); ++i) {
    auto listening = listen_on(*address, services_->limits.send_low_water);
    if (!listening) return std::unexpected(std::move(listening.error()));
    if (address->port() == 0) {
      const auto bound = bound_address(*listening);
      if (!bound) return bound;
      *address = *bound;
    }
    lanes_.push_back(std::make_shared<Lane>(services_, services_->loops.at(i), std::move(*listening)));
    services_->lanes.push_back(lanes_.back());
  }
  return *address;
}

void Server::use_certificate(const TlsContextPtr& certificate) {
  for (const auto& lane : lanes_)
    lane->loop().post([lane, certificate] { lane->use_certificate(certificate); });
}

void Server::start() {
  services_->listening.store(lanes_.size(), std::memory_order_seq_cst);
  for (const auto& lane : lanes_) lane->loop().post([lane] { lane->start(); });
}

void Server::begin_drain() {
  if (services_->draining.exchange(true, std::memory_order_seq_cst)) return;
  for (const auto& lane : lanes_) lane->loop().post([lane] { lane->begin_drain(); });
}

runtime::Task<bool> Server::drained(runtime::Deadline deadline) {
  const auto services = services_;
  auto closed = [services] { return services->listening.load(std::memory_order_seq_cst) == 0; };
  const bool stopped_listening = co_await services->listening_changed.wait_until(closed, deadline);
  if (!stopped_listening) co_return false;
  co_return co_await services->connections.idle(deadline);
}

void Server::stop() {
  for (const auto& lane : lanes_) lane->loop().post([lane] { lane->stop(); });
}

ServerCounts Server::counts() const {
  constexpr auto kRelaxed = std::memory_order_relaxed;
  return {.open_connections = services_->spread.total(),
          .connections = services_->accepted.load(kRelaxed),
          .accept_backoffs = services_->accept_backoffs.load(kRelaxed),
          .refused_requests = services_->refused_requests.load(kRelaxed),
          .timed_out = services_->timed_out.load(kRelaxed),
          .tls_handshakes = services_->tls_handshakes.load(kRelaxed),
          .tls_failures = services_->tls_failures.load(kRelaxed)};
}

}  // namespace artifactapi::server
