#include "server/listener.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <netinet/tcp.h>
#include <string_view>
#include <sys/resource.h>
#include <sys/socket.h>
#include <system_error>

namespace artifactapi::server {

namespace {

using boost::asio::ip::tcp;

constexpr int kBacklog = 4096;

std::string system_message() {
  return std::error_code(errno, std::system_category()).message();
}

std::unexpected<Error> socket_failure(std::string_view what, const tcp::endpoint& address) {
  return fail(Code::Io, fmt::format("cannot {} {} port {}: {}", what, address.address().to_string(),
                                    address.port(), system_message()));
}

bool set_option(const File& file, int level, int name, int value) {
  return ::setsockopt(file.descriptor(), level, name, &value, sizeof value) == 0;
}

bool set_options(const File& file, const tcp::endpoint& address, int send_low_water) {
  const bool v6 = address.protocol() == tcp::v6();
  return set_option(file, SOL_SOCKET, SO_REUSEADDR, 1) && set_option(file, SOL_SOCKET, SO_REUSEPORT, 1) &&
         set_option(file, SOL_SOCKET, SO_KEEPALIVE, 1) && set_option(file, IPPROTO_TCP, TCP_NODELAY, 1) &&
         set_option(file, IPPROTO_TCP, TCP_NOTSENT_LOWAT, send_low_water) &&
         (!v6 || set_option(file, IPPROTO_IPV6, IPV6_V6ONLY, address.address().is_unspecified() ? 0 : 1));
}

// Between two programs of one machine lies no network whose pace a sender had to find. What finds it all the
// same (BBR, where it is the machine's default) sends in bursts, with a timer and a wake-up for each; Reno
// sends what the peer's window takes. Every kernel has it and lets everybody choose it
// (tcp_allowed_congestion_control in tcp(7)); where one does not, nothing is lost but time. An accepted
// socket that is told so paces on, so the listening one is.
void send_without_pace(const File& file) {
  constexpr std::string_view kReno = "reno";
  ::setsockopt(file.descriptor(), IPPROTO_TCP, TCP_CONGESTION, kReno.data(), kReno.size());
}

}  // namespace

Result<void> check_free(const tcp::endpoint& address) {
  const File probe(::socket(address.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP));
  if (!probe || !set_option(probe, SOL_SOCKET, SO_REUSEADDR, 1))
    return socket_failure("open a socket for", address);
  if (::bind(probe.descriptor(), address.data(), static_cast<socklen_t>(address.size())) != 0) {
    return socket_failure("bind to", address);
  }
  return {};
}

Result<File> listen_on(const tcp::endpoint& address, int send_low_water) {
  File file(::socket(address.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
  if (!file) return socket_failure("open a socket for", address);
  if (!set_options(file, address, send_low_water)) return socket_failure("set the options of", address);
  if (address.address().is_loopback()) send_without_pace(file);
  if (::bind(file.descriptor(), address.data(), static_cast<socklen_t>(address.size())) != 0) {
    return socket_failure("bind to", address);
  }
  if (::listen(file.descriptor(), kBacklog) != 0) return socket_failure("listen on", address);
  return file;
}

Result<tcp::endpoint> bound_address(const File& listening) {
  tcp::endpoint address;
  auto size = static_cast<socklen_t>(address.capacity());
  if (::getsockname(listening.descriptor(), address.data(), &size) != 0) {
    return fail(Code::Io, "cannot read the bound address: " + system_message());
  }
  address.resize(size);
  return address;
}

Result<tcp::endpoint> endpoint_of(const std::string& host, std::uint16_t port) {
  if (host.empty()) return tcp::endpoint(tcp::v4(), port);
  boost::system::error_code failure;
  const auto address = boost::asio::ip::make_address(host, failure);
  if (failure) return fail(Code::Invalid, "not an IP address: " + host);
  return tcp::endpoint(address, port);
}

Accepted accept_next(int listening) {
  Accepted accepted;
  for (;;) {
    auto size = static_cast<socklen_t>(accepted.peer.capacity());
    accepted.descriptor = ::accept4(listening, accepted.peer.data(), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (accepted.descriptor >= 0) {
      accepted.peer.resize(size);
      accepted.result = Acceptance::Accepted;
      return accepted;
    }
    switch (errno) {
      case EMFILE:
      case ENFILE:
      case ENOBUFS:
      case ENOMEM: accepted.result = Acceptance::OutOfResource; return accepted;
      case EAGAIN:
      case EBADF:
      case EINVAL: return accepted;
      default: break;  // this one connection failed before it was accepted
    }
  }
}

std::string address_text(const boost::asio::ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address.to_v6()).to_string();
  }
  return address.to_string();
}

std::size_t connections_allowed_by_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 512;
  return std::max<std::size_t>(64,
                               static_cast<std::size_t>(std::min<rlim_t>(limit.rlim_cur, 1'000'000)) * 5 / 8);
}

}  // namespace artifactapi::server
