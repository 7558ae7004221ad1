#include "server/tls.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>
#include <new>
#include <utility>

namespace artifactapi::server {

namespace {

constexpr std::array<unsigned char, 9> kProtocols{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

std::string last_reason() {
  const auto code = ERR_peek_error();
  std::array<char, 256> text{};
  const char* reason = ERR_SYSTEM_ERROR(code) ? nullptr : ERR_reason_error_string(code);
  if (reason == nullptr) {
    ERR_error_string_n(code, text.data(), text.size());
    reason = text.data();
  }
  std::string message = reason;
  ERR_clear_error();
  return message;
}

// A client that speaks other protocols only is refused; one that does not ask is taken for HTTP/1.1.
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* length, const unsigned char* offered,
                    unsigned int offered_length, void*) {
  unsigned char* found = nullptr;
  const int outcome =
      SSL_select_next_proto(&found, length, kProtocols.data(), kProtocols.size(), offered, offered_length);
  if (outcome != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

// Keys with a pass phrase are refused; the default would ask at the terminal.
int no_pass_phrase(char*, int, int, void*) {
  return 0;
}

}  // namespace

Result<TlsContextPtr> TlsContext::load(const std::string& certificate, const std::string& key) {
  ERR_clear_error();
  std::shared_ptr<TlsContext> made(new TlsContext(SSL_CTX_new(TLS_server_method())));
  SSL_CTX* context = made->context_;
  if (context == nullptr) return fail(Code::Internal, "TLS cannot be set up: " + last_reason());
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);  // tickets do, and need no lock
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
  SSL_CTX_set_default_passwd_cb(context, no_pass_phrase);
  if (SSL_CTX_use_certificate_chain_file(context, certificate.c_str()) != 1) {
    return fail(Code::Invalid,
                fmt::format("the certificate {} cannot be used: {}", certificate, last_reason()));
  }
  if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context) != 1) {
    return fail(Code::Invalid, fmt::format("the key {} cannot be used with the certificate {}: {}", key,
                                           certificate, last_reason()));
  }
  return made;
}

TlsContext::~TlsContext() {
  SSL_CTX_free(context_);
}

TlsSession::TlsSession(TlsContextPtr context, int descriptor)
    : context_(std::move(context)), session_(SSL_new(context_->context_)) {
  if (session_ == nullptr || SSL_set_fd(session_, descriptor) != 1) throw std::bad_alloc();
  SSL_set_accept_state(session_);
}

TlsSession::~TlsSession() {
  SSL_free(session_);
}

TlsResult TlsSession::handshake() {
  ERR_clear_error();
  const int returned = SSL_do_handshake(session_);
  usable_ = returned == 1;
  return result_of(returned, 0);
}

TlsResult TlsSession::read(std::span<char> room) {
  ERR_clear_error();
  std::size_t bytes = 0;
  const int returned = SSL_read_ex(session_, room.data(), room.size(), &bytes);
  return result_of(returned, bytes);
}

TlsResult TlsSession::write(std::string_view bytes) {
  ERR_clear_error();
  std::size_t written = 0;
  const int returned = SSL_write_ex(session_, bytes.data(), bytes.size(), &written);
  return result_of(returned, written);
}

void TlsSession::say_end() {
  if (!usable_) return;
  ERR_clear_error();
  SSL_shutdown(session_);
  ERR_clear_error();
}

TlsResult TlsSession::result_of(int returned, std::size_t bytes) {
  if (returned == 1) return {TlsStep::Done, bytes};
  switch (SSL_get_error(session_, returned)) {
    case SSL_ERROR_WANT_READ: return {TlsStep::WantRead, 0};
    case SSL_ERROR_WANT_WRITE: return {TlsStep::WantWrite, 0};
    case SSL_ERROR_ZERO_RETURN: return {TlsStep::Ended, 0};
    default: break;  // after any other error OpenSSL forbids further calls
  }
  usable_ = false;
  ERR_clear_error();
  return {TlsStep::Failed, 0};
}

}  // namespace artifactapi::server
