// What the load programs share: whom they talk to, and how they ask.
#pragma once

#include <arpa/inet.h>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>

struct Target {
  sockaddr_in address{};
  std::string authority;
};

[[noreturn]] inline void die(const std::string& what) {
  std::fprintf(stderr, "%s\n", what.c_str());
  std::exit(2);
}

inline long number(std::string_view text) {
  long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value <= 0)
    die("not a positive number: " + std::string(text));
  return value;
}

inline Target make_target(const char* host, const char* port) {
  Target target;
  target.address.sin_family = AF_INET;
  target.address.sin_port = htons(static_cast<std::uint16_t>(number(port)));
  if (inet_pton(AF_INET, host, &target.address.sin_addr) != 1) die("not an IPv4 address");
  target.authority = std::string(host) + ":" + port;
  return target;
}

// A connected socket, or -1.
inline int dial(const Target& target) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  if (connect(fd, reinterpret_cast<const sockaddr*>(&target.address), sizeof target.address) != 0) {
    close(fd);
    return -1;
  }
  const int one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  return fd;
}

inline bool ask(int fd, const Target& target, std::string_view path) {
  std::string request = "GET ";
  request.append(path).append(" HTTP/1.1\r\nHost: ").append(target.authority);
  request.append("\r\nUser-Agent: load/1\r\nAccept: */*\r\n\r\n");
  return send(fd, request.data(), request.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(request.size());
}
