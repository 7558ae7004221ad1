#include "server/testing/test_client.h"

#include <arpa/inet.h>
#include <cerrno>
#include <charconv>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <utility>

namespace artifactapi::server::testing {

namespace {

constexpr timeval kPatience{.tv_sec = 10, .tv_usec = 0};

std::uint64_t number(std::string_view text, int radix) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value, radix);
  return value;
}

}  // namespace

int Answer::status() const {
  return head.size() < 12 ? 0 : static_cast<int>(number(head.substr(9, 3), 10));
}

std::string Answer::header(std::string_view name) const {
  const std::string start = "\r\n" + std::string(name) + ": ";
  const auto at = head.find(start);
  if (at == std::string::npos) return {};
  const auto from = at + start.size();
  return head.substr(from, head.find("\r\n", from) - from);
}

TestClient::TestClient(std::uint16_t port, int receive_buffer) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
  if (receive_buffer > 0)
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("cannot connect");
  }
}

TestClient::~TestClient() {
  ::close(socket_);
}

void TestClient::send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

End TestClient::receive() {
  char bytes[16384];
  const auto received = ::recv(socket_, bytes, sizeof bytes, 0);
  if (received > 0) {
    buffer_.append(bytes, static_cast<std::size_t>(received));
    return End::Open;
  }
  if (received == 0) return End::Closed;
  return errno == ECONNRESET ? End::Reset : End::TimedOut;
}

Answer TestClient::read(bool head_only) {
  Answer answer;
  const auto need = [&](std::size_t bytes) {
    while (buffer_.size() < bytes && answer.end == End::Open) answer.end = receive();
    return buffer_.size() >= bytes;
  };
  const auto take = [&](std::size_t bytes) {
    std::string taken = buffer_.substr(0, bytes);
    buffer_.erase(0, taken.size());
    return taken;
  };
  const auto take_line = [&]() -> std::string {
    while (buffer_.find("\r\n") == std::string::npos && need(buffer_.size() + 1)) continue;
    const auto end = buffer_.find("\r\n");
    return end == std::string::npos ? std::string() : take(end + 2);
  };
  while (buffer_.find("\r\n\r\n") == std::string::npos) {
    if (!need(buffer_.size() + 1)) return answer;
  }
  answer.head = take(buffer_.find("\r\n\r\n") + 4);
  if (head_only || answer.status() == 304 || answer.status() == 204 || answer.status() < 200) return answer;
  if (answer.header("Transfer-Encoding") != "chunked") {
    const auto length = number(answer.header("Content-Length"), 10);
    need(length);
    answer.body = take(length);
    return answer;
  }
  while (answer.end == End::Open) {
    const auto length = number(take_line(), 16);
    if (answer.end != End::Open) break;
    need(length + 2);
    answer.body += take(length);
    take(2);
    if (length == 0) break;
  }
  return answer;
}

Answer TestClient::get(std::string_view target, std::string_view more_lines) {
  send("GET " + std::string(target) + " HTTP/1.1\r\nHost: cache.example\r\n" + std::string(more_lines) +
       "\r\n");
  return read();
}

std::string TestClient::read_all(End& end) {
  do {
    end = receive();
  } while (end == End::Open);
  return std::exchange(buffer_, {});
}

End TestClient::read_end() {
  End end = End::Open;
  static_cast<void>(read_all(end));
  return end;
}

}  // namespace artifactapi::server::testing
