// The least a keep-alive HTTP server can do: what the kernel alone costs, and the figure ours is held
// against.
//
// One epoll loop per CPU, each with its own SO_REUSEPORT listener; every request head is answered with the
// same prebuilt head and body: 4 KiB in one send, or a file by sendfile, without a pace as ours on loopback.
// No routing, no parsing beyond the blank line, no log, no time-outs.
//   floor [FILE]     prints "127.0.0.1:PORT" and serves until it is ended
#include <arpa/inet.h>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
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
  off_t left = 0;  // of the file
  std::array<char, kHeadLimit> buffer;
};

std::string make_head(std::uint64_t size) {
  // As long as the heads of the servers it is compared with.
  return "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: " +
         std::to_string(size) +
         "\r\nETag: \"5a1c6f0e2f0b4b589d8f0f7a2f3c9d11\"\r\nLast-Modified: Mon, 01 Jan 2024 00:00:00 GMT\r\n"
         "Cache-Control: max-age=86400\r\nAccept-Ranges: bytes\r\nX-Artifact-Source: cache\r\n"
         "Date: Mon, 01 Jan 2024 00:00:00 GMT\r\n\r\n";
}

[[noreturn]] void die(const char* what) {
  std::perror(what);
  std::exit(1);
}

// `paced`: as the machine's default congestion control has it.
int listen_on(std::uint16_t port, bool paced) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  const int one = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
  if (!paced) setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "reno", 4);
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

struct Answer {
  std::string head;
  std::string body;  // empty: the file
  int file = -1;
  off_t size = 0;
};

Answer make_answer(const char* path) {
  if (path == nullptr) return {.head = make_head(kBodySize), .body = std::string(kBodySize, 'x')};
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  struct stat status{};
  if (file < 0 || fstat(file, &status) != 0) die(path);
  const auto size = static_cast<std::uint64_t>(status.st_size);
  return {.head = make_head(size), .body = {}, .file = file, .size = status.st_size};
}

class Loop {
 public:
  Loop(int listener, const Answer& answer) : listener_(listener), epoll_(epoll_create1(0)), answer_(answer) {
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
        else if (!send_rest(*connection) || !serve(*connection))
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
      watch(fd, new Connection{.fd = fd, .buffer = {}},
            EPOLLIN | EPOLLET | (answer_.file >= 0 ? EPOLLOUT : 0U));
    }
  }

  static void drop(Connection* connection) {
    close(connection->fd);
    delete connection;
  }

  // What the socket takes now; false: the client is gone.
  bool send_rest(Connection& c) const {
    while (c.left > 0) {
      off_t at = answer_.size - c.left;
      const auto sent = sendfile(c.fd, answer_.file, &at, static_cast<std::size_t>(c.left));
      if (sent <= 0) return sent < 0 && errno == EAGAIN;
      c.left -= sent;
    }
    return true;
  }

  // One read answers all heads it completes: a closed-loop client never has more than one in flight.
  bool serve(Connection& c) {
    const auto n = recv(c.fd, c.buffer.data() + c.filled, c.buffer.size() - c.filled, 0);
    if (n <= 0) return n < 0 && errno == EAGAIN;
    c.filled += static_cast<std::size_t>(n);
    std::string_view rest(c.buffer.data(), c.filled);
    for (std::size_t end; (end = rest.find("\r\n\r\n")) != std::string_view::npos;) {
      rest.remove_prefix(end + 4);
      if (!answer(c)) return false;
    }
    std::memmove(c.buffer.data(), rest.data(), rest.size());
    c.filled = rest.size();
    return c.filled < c.buffer.size();
  }

  bool answer(Connection& c) const {
    const auto& [head, body, file, size] = answer_;
    std::array<iovec, 2> parts{iovec{const_cast<char*>(head.data()), head.size()},
                               iovec{const_cast<char*>(body.data()), body.size()}};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    const auto all = static_cast<ssize_t>(head.size() + body.size());
    if (sendmsg(c.fd, &message, MSG_NOSIGNAL | (file >= 0 ? MSG_MORE : 0)) != all) return false;
    c.left = size;
    return send_rest(c);
  }

  int listener_;
  int epoll_;
  const Answer& answer_;
};

}  // namespace

int main(int argc, char** argv) {
  const Answer answer = make_answer(argc > 1 ? argv[1] : nullptr);
  const bool paced = answer.file < 0;
  const int first = listen_on(0, paced);
  const std::uint16_t port = port_of(first);
  std::vector<std::jthread> others;
  for (unsigned i = 1; i < std::thread::hardware_concurrency(); ++i)
    others.emplace_back([&answer, fd = listen_on(port, paced)] { Loop(fd, answer).run(); });
  std::printf("127.0.0.1:%u\n", static_cast<unsigned>(port));
  std::fflush(stdout);
  Loop(first, answer).run();
}
