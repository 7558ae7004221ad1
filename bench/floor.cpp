// The least a keep-alive HTTP server can do: what the kernel alone costs, and the figure ours is held
// against.
//
// One epoll loop per CPU, each with its own SO_REUSEPORT listener; every request head is answered with the
// same prebuilt head and 4 KiB body in one send. No routing, no parsing beyond the blank line, no log, no
// time-outs.
//   floor     prints "127.0.0.1:PORT" and serves until it is ended
#include <arpa/inet.h>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

constexpr std::size_t kBodySize = 4096;
constexpr std::size_t kHeadLimit = 8192;

struct Connection {
  int fd;
  std::size_t filled = 0;
  std::array<char, kHeadLimit> buffer;
};

std::string make_head() {
  // As long as the heads of the servers it is compared with.
  return "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: " +
         std::to_string(kBodySize) +
         "\r\nETag: \"5a1c6f0e2f0b4b589d8f0f7a2f3c9d11\"\r\nLast-Modified: Mon, 01 Jan 2024 00:00:00 GMT\r\n"
         "Cache-Control: max-age=86400\r\nAccept-Ranges: bytes\r\nX-Artifact-Source: cache\r\n"
         "Date: Mon, 01 Jan 2024 00:00:00 GMT\r\n\r\n";
}

[[noreturn]] void die(const char* what) {
  std::perror(what);
  std::exit(1);
}

int listen_on(std::uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  const int one = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) die("bind");
  if (listen(fd, 4096) != 0) die("listen");
  return fd;
}

std::uint16_t port_of(int fd) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

class Loop {
 public:
  Loop(int listener, const std::string& head, const std::string& body)
      : listener_(listener), epoll_(epoll_create1(0)), head_(head), body_(body) {
    watch(listener_, nullptr, EPOLLIN);
  }

  [[noreturn]] void run() {
    std::array<epoll_event, 256> events;
    while (true) {
      const int ready = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < ready; ++i) {
        auto* connection = static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr);
        if (connection == nullptr)
          accept_all();
        else if (!serve(*connection))
          drop(connection);
      }
    }
  }

 private:
  void watch(int fd, Connection* connection, std::uint32_t what) {
    epoll_event event{};
    event.events = what;
    event.data.ptr = connection;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  }

  void accept_all() {
    for (int fd; (fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK)) >= 0;) {
      const int one = 1;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
      watch(fd, new Connection{.fd = fd, .buffer = {}}, EPOLLIN | EPOLLET);
    }
  }

  static void drop(Connection* connection) {
    close(connection->fd);
    delete connection;
  }

  // One read answers all heads it completes: a closed-loop client never has more than one in flight.
  bool serve(Connection& c) {
    const auto n = recv(c.fd, c.buffer.data() + c.filled, c.buffer.size() - c.filled, 0);
    if (n <= 0) return n < 0 && errno == EAGAIN;
    c.filled += static_cast<std::size_t>(n);
    std::string_view rest(c.buffer.data(), c.filled);
    for (std::size_t end; (end = rest.find("\r\n\r\n")) != std::string_view::npos;) {
      rest.remove_prefix(end + 4);
      if (!answer(c.fd)) return false;
    }
    std::memmove(c.buffer.data(), rest.data(), rest.size());
    c.filled = rest.size();
    return c.filled < c.buffer.size();
  }

  bool answer(int fd) const {
    std::array<iovec, 2> parts{iovec{const_cast<char*>(head_.data()), head_.size()},
                               iovec{const_cast<char*>(body_.data()), body_.size()}};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    return sendmsg(fd, &message, MSG_NOSIGNAL) == static_cast<ssize_t>(head_.size() + body_.size());
  }

  int listener_;
  int epoll_;
  const std::string& head_;
  const std::string& body_;
};

}  // namespace

int main() {
  const std::string head = make_head();
  const std::string body(kBodySize, 'x');
  const int first = listen_on(0);
  const std::uint16_t port = port_of(first);
  std::vector<std::jthread> others;
  for (unsigned i = 1; i < std::thread::hardware_concurrency(); ++i)
    others.emplace_back([&head, &body, fd = listen_on(port)] { Loop(fd, head, body).run(); });
  std::printf("127.0.0.1:%u\n", static_cast<unsigned>(port));
  std::fflush(stdout);
  Loop(first, head, body).run();
}
