// TLS on accepted connections, on OpenSSL: certificates and sessions. The only header that stands for it.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

struct ssl_ctx_st;
struct ssl_st;

namespace artifactapi::server {

// A certificate chain and its key, and how we speak: TLS 1.2 and later, ALPN "http/1.1" (RFC 7301).
// Immutable; shared by the sessions that began with it.
class TlsContext {
 public:
  // PEM files; reads them, so it blocks. Invalid when one cannot be used or they do not belong together.
  [[nodiscard]] static Result<std::shared_ptr<const TlsContext>> load(const std::string& certificate,
                                                                      const std::string& key);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

 private:
  friend class TlsSession;
  explicit TlsContext(ssl_ctx_st* context) : context_(context) {}
  ssl_ctx_st* context_;
};
using TlsContextPtr = std::shared_ptr<const TlsContext>;

enum class TlsStep : std::uint8_t {
  Done,       // the handshake, or so many bytes
  WantRead,   // again when the socket is readable
  WantWrite,  // again when the socket is writable
  Ended,      // the peer said that it is done
  Failed,     // no use to go on
};
struct TlsResult {
  TlsStep step = TlsStep::Failed;
  std::size_t bytes = 0;
};

// One connection's session over a non-blocking socket that it does not own. Never waits. Destroying it sends
// nothing.
class TlsSession {
 public:
  TlsSession(TlsContextPtr context, int descriptor);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  [[nodiscard]] TlsResult handshake();
  [[nodiscard]] TlsResult read(std::span<char> room);
  // `bytes` is not empty. After WantRead or WantWrite the next call has to begin with the same bytes.
  [[nodiscard]] TlsResult write(std::string_view bytes);
  // Tells the peer that all is said (close_notify), as far as the kernel takes it at once.
  void say_end();

 private:
  [[nodiscard]] TlsResult result_of(int returned, std::size_t bytes);

  TlsContextPtr context_;
  ssl_st* session_;
  bool usable_ = false;  // the handshake is done and nothing has failed
};

}  // namespace artifactapi::server
