// A peer for tests that says exactly what it is told to, on raw loopback sockets, with or without TLS.
#pragma once

#include <openssl/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace artifactapi::transport::testing {

// One accepted connection, used by its script on a thread of its own. All calls block; after a failure they
// do nothing.
class Peer {
 public:
  Peer(int descriptor, SSL* tls) : descriptor_(descriptor), tls_(tls) {}
  ~Peer();
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  // The next request head with its empty line; empty when the client closed.
  std::string read_head();
  std::string read(std::size_t bytes);
  void send(std::string_view bytes);
  // Sends until the client has taken nothing for `stall_ms`; the bytes that went.
  std::size_t send_until_stalled(std::string_view bytes, int stall_ms);
  // Waits until the client closes.
  void wait_closed();
  // TCP end without TLS close_notify.
  void end_without_notify();
  // TLS close_notify, TCP end.
  void end();
  // RST.
  void reset();
  // Ends whatever call waits; from any thread.
  void interrupt() const;

 private:
  long receive(char* bytes, std::size_t size);

  int descriptor_;
  SSL* tls_;
  bool at_end_ = false;
  std::string pending_;
};

// A self-signed certificate for 127.0.0.1 and "tls.test"; its file is removed at the end.
class TestCertificate {
 public:
  TestCertificate();
  ~TestCertificate();
  TestCertificate(const TestCertificate&) = delete;
  TestCertificate& operator=(const TestCertificate&) = delete;
  [[nodiscard]] const std::string& file() const { return file_; }
  [[nodiscard]] SSL_CTX* context() const { return context_; }

 private:
  std::string file_;
  SSL_CTX* context_ = nullptr;
};

// Takes no connection any more, as a host behind a firewall that drops what comes.
class DeafListener {
 public:
  DeafListener();
  ~DeafListener();
  DeafListener(const DeafListener&) = delete;
  DeafListener& operator=(const DeafListener&) = delete;
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  std::vector<int> descriptors_;  // the listener, and the connections that fill its queue
  std::uint16_t port_ = 0;
};

class ScriptedServer {
 public:
  // Called for each connection with its number, from 0.
  using Script = std::function<void(Peer&, int)>;

  explicit ScriptedServer(Script script, const TestCertificate* certificate = nullptr,
                          const char* address = "127.0.0.1", std::uint16_t port = 0);
  // Interrupts the scripts and waits for them.
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] int connections() const;

 private:
  void accept_all();

  Script script_;
  const TestCertificate* certificate_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;
  bool stopping_ = false;
  int accepted_ = 0;
  std::vector<std::shared_ptr<Peer>> peers_;
  std::vector<std::thread> scripts_;
  std::thread acceptor_;
};

}  // namespace artifactapi::transport::testing
