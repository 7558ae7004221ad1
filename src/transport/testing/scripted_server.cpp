#include "transport/testing/scripted_server.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>
#include <cstdio>
#include <cstdlib>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace artifactapi::transport::testing {

namespace {

constexpr int kSendBuffer = 64 * 1024;
constexpr long kDay = 24 * 60 * 60;

[[noreturn]] void broken(const char* what) {
  throw std::runtime_error(what);
}

struct Listening {
  Listening(const char* address, std::uint16_t port, int backlog)
      : descriptor(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const int yes = 1;
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    where.sin_family = AF_INET;
    where.sin_port = htons(port);
    inet_pton(AF_INET, address, &where.sin_addr);
    if (bind(descriptor, reinterpret_cast<sockaddr*>(&where), sizeof where) != 0) broken("bind");
    if (listen(descriptor, backlog) != 0) broken("listen");
    socklen_t size = sizeof where;
    getsockname(descriptor, reinterpret_cast<sockaddr*>(&where), &size);
  }

  int descriptor;
  sockaddr_in where{};
};

}  // namespace

Peer::~Peer() {
  if (tls_ != nullptr) SSL_free(tls_);
  close(descriptor_);
}

long Peer::receive(char* bytes, std::size_t size) {
  if (tls_ != nullptr) return SSL_read(tls_, bytes, static_cast<int>(size));
  return recv(descriptor_, bytes, size, 0);
}

std::string Peer::read_head() {
  constexpr std::string_view kEnd = "\r\n\r\n";
  for (;;) {
    const auto end = pending_.find(kEnd);
    if (end != std::string::npos) {
      std::string head = pending_.substr(0, end + kEnd.size());
      pending_.erase(0, head.size());
      return head;
    }
    char bytes[4096];
    const long got = at_end_ ? 0 : receive(bytes, sizeof bytes);
    if (got <= 0) return {};
    pending_.append(bytes, static_cast<std::size_t>(got));
  }
}

std::string Peer::read(std::size_t wanted) {
  while (pending_.size() < wanted) {
    char bytes[4096];
    const long got = receive(bytes, sizeof bytes);
    if (got <= 0) break;
    pending_.append(bytes, static_cast<std::size_t>(got));
  }
  std::string taken = pending_.substr(0, wanted);
  pending_.erase(0, taken.size());
  return taken;
}

void Peer::send(std::string_view bytes) {
  while (!bytes.empty() && !at_end_) {
    const long sent = tls_ != nullptr ? SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size()))
                                      : ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) {
      at_end_ = true;
      return;
    }
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::size_t Peer::send_until_stalled(std::string_view bytes, int stall_ms) {
  std::size_t total = 0;
  while (total < bytes.size()) {
    pollfd waiting{descriptor_, POLLOUT, 0};
    if (poll(&waiting, 1, stall_ms) <= 0) break;
    const auto sent =
        ::send(descriptor_, bytes.data() + total, bytes.size() - total, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) break;
    total += static_cast<std::size_t>(sent);
  }
  return total;
}

void Peer::wait_closed() {
  char byte = 0;
  while (!at_end_ && receive(&byte, 1) > 0) {
  }
}

void Peer::end_without_notify() {
  shutdown(descriptor_, SHUT_WR);
  wait_closed();
  at_end_ = true;
}

void Peer::end() {
  if (tls_ != nullptr) SSL_shutdown(tls_);
  shutdown(descriptor_, SHUT_WR);
  wait_closed();
  at_end_ = true;
}

// Dissolving the association sends RST and leaves the descriptor for interrupt().
void Peer::reset() {
  sockaddr nobody{};
  nobody.sa_family = AF_UNSPEC;
  connect(descriptor_, &nobody, sizeof nobody);
  if (tls_ != nullptr) SSL_set_quiet_shutdown(tls_, 1);
  at_end_ = true;
}

void Peer::interrupt() const {
  shutdown(descriptor_, SHUT_RDWR);
}

TestCertificate::TestCertificate() {
  char name[] = "/tmp/scripted-server-XXXXXX";
  const int descriptor = mkstemp(name);
  if (descriptor < 0) broken("mkstemp");
  file_ = name;

  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -kDay);
  X509_gmtime_adj(X509_getm_notAfter(certificate), kDay);
  X509_set_pubkey(certificate, key);
  X509_NAME* subject = X509_get_subject_name(certificate);
  const auto* common_name = reinterpret_cast<const unsigned char*>("scripted server");
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, common_name, -1, -1, 0);
  X509_set_issuer_name(certificate, subject);
  X509_EXTENSION* names =
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "DNS:tls.test,IP:127.0.0.1");
  X509_add_ext(certificate, names, -1);
  X509_EXTENSION_free(names);
  if (X509_sign(certificate, key, EVP_sha256()) == 0) broken("X509_sign");

  FILE* out = fdopen(descriptor, "w");
  PEM_write_X509(out, certificate);
  fclose(out);
  context_ = SSL_CTX_new(TLS_server_method());
  SSL_CTX_use_certificate(context_, certificate);
  SSL_CTX_use_PrivateKey(context_, key);
  X509_free(certificate);
  EVP_PKEY_free(key);
}

TestCertificate::~TestCertificate() {
  SSL_CTX_free(context_);
  std::remove(file_.c_str());
}

DeafListener::DeafListener() {
  // Without a backlog one connection fills the queue; whatever comes then is dropped.
  const Listening listening("127.0.0.1", 0, 0);
  port_ = ntohs(listening.where.sin_port);
  const int filler = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  descriptors_ = {listening.descriptor, filler};
  if (connect(filler, reinterpret_cast<const sockaddr*>(&listening.where), sizeof listening.where) != 0)
    broken("connect");
}

DeafListener::~DeafListener() {
  for (const int descriptor : descriptors_) close(descriptor);
}

ScriptedServer::ScriptedServer(Script script, const TestCertificate* certificate, const char* address,
                               std::uint16_t port)
    : script_(std::move(script)), certificate_(certificate) {
  const Listening listening(address, port, SOMAXCONN);
  listener_ = listening.descriptor;
  port_ = ntohs(listening.where.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

void ScriptedServer::accept_all() {
  for (;;) {
    const int descriptor = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (descriptor < 0) return;
    setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &kSendBuffer, sizeof kSendBuffer);
    SSL* tls = certificate_ != nullptr ? SSL_new(certificate_->context()) : nullptr;
    if (tls != nullptr) SSL_set_fd(tls, descriptor);
    auto peer = std::make_shared<Peer>(descriptor, tls);
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    const int number = accepted_++;
    peers_.push_back(peer);
    scripts_.emplace_back([this, number, tls, weak = std::weak_ptr(peer)] {
      const auto mine = weak.lock();
      if (!mine) return;
      if (tls != nullptr && SSL_accept(tls) != 1) return mine->interrupt();
      script_(*mine, number);
      mine->interrupt();
    });
  }
}

int ScriptedServer::connections() const {
  const std::lock_guard lock(mutex_);
  return accepted_;
}

ScriptedServer::~ScriptedServer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const auto& peer : peers_) peer->interrupt();
  }
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  for (auto& script : scripts_) script.join();
  close(listener_);
}

}  // namespace artifactapi::transport::testing
