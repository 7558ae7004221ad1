// One HTTP/1.1 exchange with one URL: no redirects, no retries, no policy.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "http/headers.h"
#include "http/url.h"
#include "runtime/loop.h"
#include "runtime/task.h"

#include <boost/asio/ip/address.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace artifactapi::transport {

// Which addresses a connection may reach; checked on the address really dialled, reused connections included.
enum class Reach : std::uint8_t {
  PublicOnly,  // no private, loopback, link-local, metadata or mapped form of one
  Any,         // the remote's own base_url is in such a range
};

struct BasicCredentials {
  std::string user;
  Secret password;
};

struct TransferRequest {
  std::string method = "GET";  // GET, HEAD, POST
  http::Url url;               // its userinfo is ignored
  http::Headers headers;       // sent as given; Host is made from the URL, nothing else is added
  std::optional<BasicCredentials> basic;
  std::shared_ptr<const std::string> body;  // for POST; null: an empty one
  std::vector<boost::asio::ip::address>
      addresses;  // of url.host, resolved by the caller; unused with a proxy
  Reach reach = Reach::PublicOnly;
  Secret proxy;         // URL, empty for none
  std::string ca_file;  // PEM; empty for the system's
  Milliseconds connect_timeout{10'000};
  Milliseconds first_byte_timeout{60'000};
  Milliseconds idle_timeout{60'000};  // between two pieces of the body; there is no limit on the whole
};

struct TransferHead {
  int status = 0;
  http::Headers headers;                // as received, checked for form and size
  std::optional<std::uint64_t> length;  // announced length of the body
  bool framed = true;                   // false: the body ends where the connection does
  bool reused_connection = false;
};

// Belongs to the loop that started it. Destroying it aborts the exchange; nothing is called afterwards.
class Transfer {
 public:
  virtual ~Transfer() = default;

  // The final response head (1xx are skipped). Once, before next().
  // Errors: Unreachable, Timeout, BadPeer, Cut (closed before a head).
  [[nodiscard]] virtual runtime::Task<Result<TransferHead>> head() = 0;

  // All bytes of the body received since the last call, at least one; empty is the clean end by the framing
  // (for an unframed body: the close). Never more than about a MiB: while nobody asks, the peer is held back.
  // Errors: Timeout, Cut, BadPeer.
  [[nodiscard]] virtual runtime::Task<Result<std::string>> next() = 0;

  // The same, if it is here already and neither the end nor a failure; nothing: next() has to be asked.
  [[nodiscard]] virtual std::optional<std::string> next_at_once() { return std::nullopt; }

  // True when next() has given the whole body, and would answer empty at once; false also where that is not
  // known before it is asked.
  [[nodiscard]] virtual bool ended() const { return false; }

  // True when head() failed on a connection that had served before and died before any byte came back:
  // the request may be sent once more (RFC 9110 section 9.2.2).
  [[nodiscard]] virtual bool died_before_answer() const = 0;

  // Gives the exchange up: head() or next(), waiting or called later, answers Cancelled.
  virtual void cancel() = 0;
};

// One loop's connections. Created, used and destroyed on that loop (or while it does not run).
class Client {
 public:
  virtual ~Client() = default;
  // The request does not change any more and may be started again.
  [[nodiscard]] virtual std::unique_ptr<Transfer> start(std::shared_ptr<const TransferRequest> request) = 0;
  // Shutdown: every head() and next() that waits, and every later one, answers Cancelled. On the client's
  // loop.
  virtual void cancel_all() = 0;
};

// What carries plain http that no proxy stands before. libcurl always has the rest; the other choice is there
// to hold both to the same tests.
enum class PlainHttp : std::uint8_t { OwnSockets, Libcurl };

// `kept_connections`: idle connections kept open by this loop.
[[nodiscard]] std::unique_ptr<Client> make_client(runtime::Loop& loop, std::size_t kept_connections,
                                                  PlainHttp plain_http = PlainHttp::OwnSockets);

}  // namespace artifactapi::transport
