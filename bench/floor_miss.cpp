// The least that storing and passing on an artifact at once can cost, and the figure our misses are held
// against. A large body is hashed, written to a file and sent to the client from there; the file is then
// renamed to its digest and synced with its directory. Of the page cache it takes a window, so that its pages
// are used again. A small one is hashed, sent from memory and written to a file of its digest; as many of
// them as our largest batch has are synced at once. No parsing beyond the length, no catalog, no log, no
// other client.
//   floor_miss UPSTREAM_PORT DIRECTORY [rows|packed|stored|pass]   prints "127.0.0.1:PORT" and serves one
//                                                                  connection after the other until it is
//                                                                  ended
// With `rows` each small one has a row in a catalog, in one transaction for those synced at once, and a line
// in a log, and bytes are waited for by epoll, as by whoever serves more than one client. `packed` is the
// same with all small bodies in one file: another layout than ours. `stored` is the same without a file, as
// for bytes that are stored already. With `pass` small ones are passed on and neither hashed nor kept: what
// waiting for two others costs whoever stands between.
#include "floor_rows.h"

#include <openssl/evp.h>

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace {

using bench::die;

constexpr std::size_t kPiece = 256 << 10;        // received, hashed and written at a time
constexpr std::uint64_t kWriteOut = 8 << 20;     // written to the disk at a time
constexpr std::uint64_t kCachedTail = 16 << 20;  // what stays of a large file in the page cache
constexpr std::uint64_t kSmall = 64 << 10;       // in memory whole
constexpr int kSyncedAtOnce = 256;               // small ones
constexpr std::string_view kHeadEnd = "\r\n\r\n";

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int connect_to(std::uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  const auto address = loopback(port);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) die("connect");
  const int one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  return fd;
}

// Sends everything; false when the peer is gone.
bool send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto n = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

// Reads up to the end of a head; what came after it stays in `buffer` behind `head_size`.
bool read_head(int fd, std::string& buffer, std::size_t& head_size) {
  std::array<char, 16384> piece;
  for (;;) {
    const auto end = buffer.find(kHeadEnd);
    if (end != std::string::npos) {
      head_size = end + kHeadEnd.size();
      return true;
    }
    const auto n = recv(fd, piece.data(), piece.size(), 0);
    if (n <= 0) return false;
    buffer.append(piece.data(), static_cast<std::size_t>(n));
  }
}

std::uint64_t content_length(std::string_view head) {
  const auto at = head.find("Content-Length: ");
  if (at == std::string_view::npos) die("an answer without a length");
  return std::strtoull(head.data() + at + 16, nullptr, 10);
}

enum class Keeps { Nothing, File, FileAndRow, PackAndRow, Row };

std::optional<Keeps> keeps_in_mode(std::string_view mode) {
  if (mode == "pass") return Keeps::Nothing;
  if (mode.empty()) return Keeps::File;
  if (mode == "rows") return Keeps::FileAndRow;
  if (mode == "packed") return Keeps::PackAndRow;
  if (mode == "stored") return Keeps::Row;
  return std::nullopt;
}

class Miss {
 public:
  Miss(std::uint16_t upstream_port, std::string directory, Keeps keeps)
      : upstream_(connect_to(upstream_port)),
        directory_(std::move(directory)),
        directory_fd_(open(directory_.c_str(), O_RDONLY | O_DIRECTORY)),
        keeps_(keeps),
        hash_(EVP_MD_CTX_new()),
        piece_(kPiece) {
    if (directory_fd_ < 0) die("open the directory");
    if (keeps == Keeps::PackAndRow) {
      pack_ = open((directory_ + "/pack").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
      if (pack_ < 0) die("create the pack");
    }
    if (keeps == Keeps::Nothing || keeps == Keeps::File) return;
    rows_.emplace(directory_);
    epoll_ = epoll_create1(0);
    watch(upstream_);
  }

  ~Miss() {
    if (unsynced_ > 0) sync();
    if (epoll_ >= 0) close(epoll_);
    if (pack_ >= 0) close(pack_);
    close(directory_fd_);
    close(upstream_);
    EVP_MD_CTX_free(hash_);
  }

  void watch(int fd) {
    epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
    if (epoll_ >= 0 && epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) die("watch a connection");
  }

  bool serve(int client) {
    std::size_t head_size = 0;
    wait();
    if (!read_head(client, from_client_, head_size)) return false;
    if (!send_all(upstream_, std::string_view(from_client_).substr(0, head_size))) die("send upstream");
    if (rows_) request_ = from_client_.substr(0, head_size);
    from_client_.erase(0, head_size);
    std::string answer;
    wait();
    if (!read_head(upstream_, answer, head_size)) die("read from upstream");
    const auto length = content_length(std::string_view(answer).substr(0, head_size));
    if (length <= kSmall) return take_in_small(client, answer, head_size + length);
    if (keeps_ == Keeps::Nothing) die("only small ones are passed on unkept");
    if (!send_all(client, std::string_view(answer).substr(0, head_size))) return false;
    return take_in(client, std::string_view(answer).substr(head_size), length);
  }

 private:
  void wait() {
    std::array<epoll_event, 16> events;
    if (epoll_ >= 0) epoll_wait(epoll_, events.data(), events.size(), -1);
  }

  // `answer` is what came of the head and the body, `size` what both have.
  bool take_in_small(int client, std::string& answer, std::uint64_t size) {
    const auto body = size - content_length(answer);
    while (answer.size() < size) {
      const auto n = recv(upstream_, piece_.data(), piece_.size(), 0);
      if (n <= 0) die("receive");
      answer.append(piece_.data(), static_cast<std::size_t>(n));
    }
    const bool alive = send_all(client, answer);
    if (keeps_ == Keeps::Nothing) return alive;
    const auto bytes = std::string_view(answer).substr(body);
    EVP_DigestInit_ex(hash_, EVP_sha256(), nullptr);
    EVP_DigestUpdate(hash_, bytes.data(), bytes.size());
    const auto name = name_by_digest();
    if (pack_ >= 0) {
      packed_.append(bytes);
    } else if (keeps_ != Keeps::Row) {
      const int file = open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0600);
      if (file < 0) die("create a file");
      write_all(file, bytes);
      close(file);
    }
    if (rows_) rows_->add(request_, std::string_view(answer).substr(0, body), digest_, bytes.size());
    if (++unsynced_ == kSyncedAtOnce) sync();
    return alive;
  }

  static void write_all(int file, std::string_view bytes) {
    if (write(file, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) die("write");
  }

  void sync() {
    if (pack_ >= 0) {
      write_all(pack_, packed_);
      packed_.clear();
      if (fdatasync(pack_) != 0) die("sync the pack");
    } else if (keeps_ != Keeps::Row && syncfs(directory_fd_) != 0) {
      die("sync the file system");
    }
    if (rows_) rows_->commit();
    unsynced_ = 0;
  }

  bool take_in(int client, std::string_view already, std::uint64_t length) {
    const auto path = directory_ + "/growing";
    const int file = open(path.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600);
    if (file < 0) die("create a file");
    EVP_DigestInit_ex(hash_, EVP_sha256(), nullptr);
    off_t sent = 0;
    std::uint64_t written = 0;
    std::uint64_t written_out = 0;
    const auto add = [&](const char* bytes, std::size_t size) {
      EVP_DigestUpdate(hash_, bytes, size);
      if (pwrite(file, bytes, size, static_cast<off_t>(written)) != static_cast<ssize_t>(size)) die("write");
      written += size;
      while (static_cast<std::uint64_t>(sent) < written) {
        const auto left = static_cast<std::size_t>(written - static_cast<std::uint64_t>(sent));
        if (sendfile(client, file, &sent, left) <= 0) return false;
      }
      if (written - written_out >= kWriteOut) {
        sync_file_range(file, static_cast<off_t>(written_out), static_cast<off_t>(written - written_out),
                        SYNC_FILE_RANGE_WRITE);
        written_out = written;
        if (written > kCachedTail)
          posix_fadvise(file, 0, static_cast<off_t>(written - kCachedTail), POSIX_FADV_DONTNEED);
      }
      return true;
    };
    bool alive = already.empty() || add(already.data(), already.size());
    while (alive && written < length) {
      const auto n = recv(upstream_, piece_.data(), piece_.size(), 0);
      if (n <= 0) die("receive");
      alive = add(piece_.data(), static_cast<std::size_t>(n));
    }
    keep(path, file);
    return alive;
  }

  // Durable under its digest, as a row in a catalog may only name such files.
  void keep(const std::string& path, int file) {
    const auto name = name_by_digest();
    if (fdatasync(file) != 0) die("sync");
    close(file);
    if (rename(path.c_str(), name.c_str()) != 0) die("rename");
    if (fsync(directory_fd_) != 0) die("sync the directory");
  }

  // Ends the hash.
  std::string name_by_digest() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    EVP_DigestFinal_ex(hash_, digest.data(), &size);
    digest_.assign(reinterpret_cast<const char*>(digest.data()), size);
    std::string name = directory_ + "/";
    for (unsigned i = 0; i < size; ++i) {
      std::array<char, 3> hex{};
      std::snprintf(hex.data(), hex.size(), "%02x", digest[i]);
      name += hex.data();
    }
    return name;
  }

  int upstream_;
  std::string directory_;
  int directory_fd_;
  Keeps keeps_;
  EVP_MD_CTX* hash_;
  std::vector<char> piece_;
  std::string from_client_;
  std::string request_;
  std::string digest_;  // of what name_by_digest named last
  int pack_ = -1;
  std::string packed_;  // what is written to it at the next sync
  int unsynced_ = 0;
  std::optional<bench::Rows> rows_;
  int epoll_ = -1;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 && argc != 4) return 2;
  const auto keeps = keeps_in_mode(argc == 4 ? argv[3] : "");
  if (!keeps) return 2;
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  auto address = loopback(0);
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) die("bind");
  if (listen(listener, 64) != 0) die("listen");
  socklen_t size = sizeof address;
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  std::printf("127.0.0.1:%d\n", ntohs(address.sin_port));
  std::fflush(stdout);
  const auto upstream_port = static_cast<std::uint16_t>(std::atoi(argv[1]));
  for (;;) {
    const int client = accept(listener, nullptr, nullptr);
    if (client < 0) continue;
    const int one = 1;
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    Miss miss(upstream_port, argv[2], *keeps);
    miss.watch(client);
    while (miss.serve(client)) {
    }
    close(client);
  }
}
