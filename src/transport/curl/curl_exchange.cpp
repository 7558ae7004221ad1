#include "transport/curl/curl_exchange.h"

#include "transport/address_rules.h"
#include "transport/curl/close_notify.h"

#include <fmt/format.h>

#include <algorithm>
#include <netinet/in.h>
#include <sys/socket.h>
#include <utility>

namespace artifactapi::transport {

namespace {

constexpr std::size_t kFirstPiece = 16 * 1024;  // libcurl hands over no more at once

constexpr std::size_t kManyTransfers = 32;
constexpr long kReceiveBuffer = 64 * 1024;
constexpr long kReceiveBufferOfMany = 32 * 1024;

long receive_buffer_bytes() {
  return BufferShare::transfers() < kManyTransfers ? kReceiveBuffer : kReceiveBufferOfMany;
}

std::optional<boost::asio::ip::address> address_of(const curl_sockaddr& dialled) {
  if (dialled.family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(dialled.addr);
    return boost::asio::ip::address_v4(ntohl(v4.sin_addr.s_addr));
  }
  if (dialled.family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(dialled.addr);
    boost::asio::ip::address_v6::bytes_type bytes;
    std::copy_n(v6.sin6_addr.s6_addr, bytes.size(), bytes.begin());
    return boost::asio::ip::address_v6(bytes);
  }
  return std::nullopt;
}

// Bytes that arrived before anything was asked: the rest of an answer longer than its framing. Read as the
// next answer's head they would put every later answer on the connection one off.
bool has_unasked_bytes(curl_socket_t socket) {
  char byte = 0;
  return socket != CURL_SOCKET_BAD && recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

std::uint16_t local_port_of(curl_socket_t socket) {
  sockaddr_storage name{};
  socklen_t size = sizeof name;
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&name), &size) != 0) return 0;
  // The port is at the same place in both families.
  return ntohs(reinterpret_cast<const sockaddr_in&>(name).sin_port);
}

}  // namespace

CurlExchange::CurlExchange(std::shared_ptr<Multi> multi, runtime::Loop& loop,
                           std::shared_ptr<const TransferRequest> request)
    : multi_(std::move(multi)), request_(std::move(request)), easy_(curl_easy_init()), wake_(loop.context()) {
  if (!easy_) throw std::bad_alloc();
}

CurlExchange::~CurlExchange() {
  leave_multi();
}

void CurlExchange::begin() {
  auto lists = set_request_options(easy_.get(), *request_, receive_buffer_bytes());
  if (!lists) {
    fail_with(std::move(lists.error()));
    return;
  }
  lists_ = std::move(*lists);
  set_callbacks();
  in_multi_ = true;
  multi_->add(easy_.get(), *this);
}

void CurlExchange::set_callbacks() {
  CURL* easy = easy_.get();
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, curl_text_.data());
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &CurlExchange::on_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &CurlExchange::on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &CurlExchange::on_open_socket);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, this);
  // libcurl keeps these two with the connection, which may outlive this transfer.
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, &CurlExchange::on_close_socket);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, &multi_->open_sockets());
  curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, &CurlExchange::on_before_request);
  curl_easy_setopt(easy, CURLOPT_PREREQDATA, this);
  curl_easy_setopt(easy, CURLOPT_RESOLVER_START_FUNCTION, &CurlExchange::on_look_up);
  curl_easy_setopt(easy, CURLOPT_RESOLVER_START_DATA, this);
}

void CurlExchange::abort() {
  leave_multi();
  head_seen_ = false;
  ended_ = false;
  received_ = {};
  failure_ = Error{Code::Cancelled, "given up"};
  wake_.cancel();
}

void CurlExchange::leave_multi() {
  if (!std::exchange(in_multi_, false)) return;
  multi_->remove(easy_.get());
}

void CurlExchange::fail_with(Error error) {
  if (!failure_) failure_ = std::move(error);
  wake_.cancel();
}

void CurlExchange::finished(CURLcode code) {
  in_multi_ = false;
  if (code != CURLE_OK) {
    const bool lost = is_lost_connection(code) || unasked_bytes_;
    died_before_answer_ = lost && sent_ && collector_.status() == 0 && is_reused();
    fail_with(why(code));
  } else if (!head_seen_) {
    // libcurl takes a close within the head for an empty response.
    fail_with(Error{Code::Cut, "the connection ended within the response head"});
  } else if (!framing_.framed && request_->url.scheme == "https" && !close_notified_) {
    fail_with(Error{Code::Cut, "the connection ended without TLS close_notify"});
  } else {
    ended_ = true;
    wake_.cancel();
  }
}

Error CurlExchange::why(CURLcode code) const {
  if (unasked_bytes_) return Error{Code::Cut, "the kept connection holds bytes nobody asked for"};
  if (refused_address_ && (code == CURLE_COULDNT_CONNECT || code == CURLE_ABORTED_BY_CALLBACK)) {
    return Error{Code::Unreachable, fmt::format("{} is at {}, which is not a public address",
                                                request_->url.host, *refused_address_)};
  }
  return error_of(code, stage(), curl_text_.data());
}

Stage CurlExchange::stage() const {
  if (head_seen_) return Stage::Receiving;
  return sent_ ? Stage::Waiting : Stage::Connecting;
}

bool CurlExchange::is_reused() const {
  long connects = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_NUM_CONNECTS, &connects);
  return connects == 0;
}

std::size_t CurlExchange::on_header(char* bytes, std::size_t, std::size_t size, void* self) {
  auto& exchange = *static_cast<CurlExchange*>(self);
  const auto taken = exchange.take_header({bytes, size});
  if (taken) return size;
  exchange.fail_with(taken.error());
  return 0;
}

Result<> CurlExchange::take_header(std::string_view line) {
  const auto added = collector_.add(line);
  if (!added || head_seen_ || !collector_.complete()) return added;
  return take_framing();
}

Result<> CurlExchange::take_framing() {
  auto framing =
      framing_of(request_->method, collector_.status(), collector_.is_http_1_0(), collector_.headers());
  if (!framing) return std::unexpected(std::move(framing.error()));
  framing_ = *framing;
  if (!framing_.framed) watch_close_notify(easy_.get(), &close_notified_);
  head_seen_ = true;
  wake_.cancel();
  return {};
}

std::size_t CurlExchange::on_body(char* bytes, std::size_t, std::size_t size, void* self) {
  auto& exchange = *static_cast<CurlExchange*>(self);
  if (exchange.failure_) return 0;
  if (!exchange.received_.empty() && exchange.received_.size() + size > exchange.room()) {
    exchange.paused_ = true;
    return CURL_WRITEFUNC_PAUSE;
  }
  const bool first = exchange.received_.empty();
  if (first) exchange.reserve_received();
  exchange.received_.append(bytes, size);
  exchange.total_ += size;
  if (first) exchange.wake_.cancel();
  return size;
}

std::size_t CurlExchange::room() const {
  return BufferShare::room(total_ - received_.size());
}

// Pieces of one transfer are alike: room for the last one's size saves growing by copies.
void CurlExchange::reserve_received() {
  std::size_t wanted = std::max(kFirstPiece, piece_hint_);
  if (framing_.length)
    wanted = static_cast<std::size_t>(std::min<std::uint64_t>(wanted, *framing_.length - total_));
  received_.reserve(wanted);
}

std::string CurlExchange::take_received() {
  piece_hint_ = received_.size();
  return std::exchange(received_, {});
}

void CurlExchange::resume() {
  if (!std::exchange(paused_, false)) return;
  // Calls on_body for what libcurl holds, which may pause again. A failure comes through finished().
  if (in_multi_) curl_easy_pause(easy_.get(), CURLPAUSE_CONT);
}

bool CurlExchange::address_allowed(const boost::asio::ip::address& address) {
  if (request_->reach == Reach::Any || !request_->proxy.empty() || is_public(address)) return true;
  refused_address_ = address.to_string();
  return false;
}

curl_socket_t CurlExchange::on_open_socket(void* self, curlsocktype purpose, curl_sockaddr* address) {
  auto& exchange = *static_cast<CurlExchange*>(self);
  if (purpose != CURLSOCKTYPE_IPCXN) return CURL_SOCKET_BAD;
  const auto dialled = address_of(*address);
  if (!dialled || !exchange.address_allowed(*dialled)) return CURL_SOCKET_BAD;
  const curl_socket_t opened = exchange.multi_->open_sockets().open(*address);
  if (opened != CURL_SOCKET_BAD) exchange.opened_.push_back(opened);
  return opened;
}

int CurlExchange::on_close_socket(void* sockets, curl_socket_t socket) {
  static_cast<OpenSockets*>(sockets)->close(socket);
  return 0;
}

void CurlExchange::name_connection(const ConnectionEnds& ends) {
  for (const curl_socket_t socket : opened_) {
    if (local_port_of(socket) == ends.local_port) multi_->open_sockets().name(socket, ends);
  }
}

int CurlExchange::on_before_request(void* self, char* peer, char* local, int peer_port, int local_port) {
  auto& exchange = *static_cast<CurlExchange*>(self);
  exchange.sent_ = std::chrono::steady_clock::now();
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(peer, error);
  if (error || !exchange.address_allowed(address)) return CURL_PREREQFUNC_ABORT;

  const ConnectionEnds ends{local, static_cast<std::uint16_t>(local_port), peer,
                            static_cast<std::uint16_t>(peer_port)};
  if (!exchange.is_reused()) {
    exchange.name_connection(ends);
  } else if (has_unasked_bytes(exchange.multi_->open_sockets().find(ends))) {
    exchange.unasked_bytes_ = true;
    return CURL_PREREQFUNC_ABORT;
  }
  return CURL_PREREQFUNC_OK;
}

// Names are looked up by the caller; only a proxy's own name is left to libcurl, which does so in a thread.
int CurlExchange::on_look_up(void*, void*, void* self) {
  const auto& exchange = *static_cast<CurlExchange*>(self);
  return exchange.request_->proxy.empty() && !is_address(exchange.request_->url.host) ? 1 : 0;
}

runtime::Task<> CurlExchange::wait(std::shared_ptr<CurlExchange> self, Instant deadline) {
  self->wake_.expires_at(deadline);
  co_await self->wake_.async_wait(runtime::kAsTuple);
}

runtime::Task<Result<TransferHead>> CurlExchange::head_of(std::shared_ptr<CurlExchange> self) {
  while (!self->head_seen_ && !self->failure_) {
    const auto now = std::chrono::steady_clock::now();
    const auto limit = self->request_->first_byte_timeout;
    if (self->sent_ && now >= *self->sent_ + limit) {
      self->leave_multi();
      self->fail_with(Error{Code::Timeout, "no response head in time"});
      break;
    }
    // Before the request is sent libcurl's own limit on connecting holds.
    co_await wait(self, self->sent_.value_or(now) + limit);
  }
  if (!self->head_seen_) co_return std::unexpected(*self->failure_);
  TransferHead head;
  head.status = self->collector_.status();
  head.headers = self->collector_.take_headers();
  head.length = self->framing_.length;
  head.framed = self->framing_.framed;
  head.reused_connection = self->is_reused();
  co_return head;
}

runtime::Task<Result<std::string>> CurlExchange::next_of(std::shared_ptr<CurlExchange> self) {
  const auto deadline = std::chrono::steady_clock::now() + self->request_->idle_timeout;
  for (;;) {
    if (!self->received_.empty()) {
      std::string piece = self->take_received();
      self->resume();
      co_return piece;
    }
    if (self->ended_) co_return std::string();
    if (self->failure_) co_return std::unexpected(*self->failure_);
    if (std::chrono::steady_clock::now() >= deadline) {
      self->leave_multi();
      self->fail_with(Error{Code::Timeout, "the body stands still"});
      continue;
    }
    co_await wait(self, deadline);
  }
}

}  // namespace artifactapi::transport
