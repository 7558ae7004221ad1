// Load that wrk cannot make: large bodies, herds, idle connections, sequences of misses, a fixed request
// rate. One thread; bodies are dropped in the kernel (MSG_TRUNC), so the server stays the one that is
// measured. Every mode ends by itself; each prints one line of JSON. Times are seconds.
//   load fetch    HOST PORT PATH N                            N connections, one GET each, all at once
//   load sequence HOST PORT PREFIX SUFFIX N                   N GETs of PREFIX<i>SUFFIX, one after the other,
//   one connection load hold     HOST PORT PATH N                            one GET on each of N
//   connections, then holds them until stdin ends load paced    HOST PORT PREFIX SUFFIX MODULO RATE SECONDS
//   GETs of PREFIX<i % MODULO>SUFFIX at RATE a second, each timed
//                                                             from when it was due, so a stalled server
//                                                             cannot hide its delay
#include "peer.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr double kLimitSeconds = 150;  // no mode runs longer
constexpr std::size_t kScratch = 4 << 20;
constexpr int kPacedConnections = 32;

double since(Clock::time_point start) {
  return Seconds(Clock::now() - start).count();
}

// One answer with a Content-Length; anything else counts as broken.
class Answer {
 public:
  enum class Progress { More, Done, Broken };

  // Reads what is there; `flags` is MSG_DONTWAIT or 0. A few reads at most, so that all connections get their
  // turn.
  Progress read(int fd, std::vector<char>& scratch, int flags, Clock::time_point start) {
    for (int turn = 0; turn < 4; ++turn) {
      const bool in_body = remaining_ >= 0;
      const auto room = in_body ? std::min(scratch.size(), static_cast<std::size_t>(remaining_)) : 4096;
      const auto n = recv(fd, scratch.data(), room, flags | (in_body ? MSG_TRUNC : 0));
      if (n < 0 && errno == EAGAIN) return Progress::More;
      if (n <= 0) return Progress::Broken;
      if (in_body) {
        count_body(n, start);
      } else if (!take_head(std::string_view(scratch.data(), static_cast<std::size_t>(n)), start)) {
        return Progress::Broken;
      }
      if (remaining_ == 0) return status_ == 200 ? Progress::Done : Progress::Broken;
    }
    return Progress::More;
  }

  long long bytes() const { return bytes_; }
  double first_byte() const { return first_byte_; }

 private:
  void count_body(long long n, Clock::time_point start) {
    if (bytes_ == 0) first_byte_ = since(start);
    bytes_ += n;
    remaining_ -= n;
  }

  bool take_head(std::string_view received, Clock::time_point start) {
    head_.append(received);
    const auto end = head_.find("\r\n\r\n");
    if (end == std::string::npos) return head_.size() < 65536;
    const auto body = static_cast<long long>(head_.size() - end - 4);
    std::string lower = head_.substr(0, end + 2);
    std::ranges::transform(lower, lower.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 32) : c; });
    status_ = std::atoi(lower.c_str() + std::min<std::size_t>(9, lower.size()));
    const auto length = lower.find("\r\ncontent-length:");
    if (length == std::string::npos) return false;
    remaining_ = std::atoll(lower.c_str() + length + 17);
    if (body > 0) count_body(body, start);
    return remaining_ >= 0;
  }

  std::string head_;
  int status_ = 0;
  long long remaining_ = -1;  // of the body; -1 while the head is not complete
  long long bytes_ = 0;
  double first_byte_ = -1;  // of the body
};

double quantile(std::vector<double>& values, double q) {
  if (values.empty()) return -1;
  std::ranges::sort(values);
  return values[std::min(values.size() - 1,
                         static_cast<std::size_t>(q * static_cast<double>(values.size())))];
}

struct Tally {
  long long bytes = 0;
  int failed = 0;
  std::vector<double> first_bytes, ends;

  void add(const Answer& answer, double end) {
    bytes += answer.bytes();
    first_bytes.push_back(answer.first_byte());
    ends.push_back(end);
  }

  void print(double seconds) {
    std::printf(
        "{\"ok\":%zu,\"failed\":%d,\"bytes\":%lld,\"seconds\":%.6f,"
        "\"first_p50\":%.6f,\"first_p99\":%.6f,\"first_max\":%.6f,"
        "\"end_p50\":%.6f,\"end_p99\":%.6f,\"end_max\":%.6f}\n",
        ends.size(), failed, bytes, seconds, quantile(first_bytes, 0.5), quantile(first_bytes, 0.99),
        quantile(first_bytes, 1), quantile(ends, 0.5), quantile(ends, 0.99), quantile(ends, 1));
    std::fflush(stdout);
  }
};

struct Connection {
  int fd = -1;
  Answer answer;
  Clock::time_point due;  // used by `paced` only
};

void watch(int epoll, Connection& connection) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = &connection;
  epoll_ctl(epoll, EPOLL_CTL_ADD, connection.fd, &event);
}

int fetch(const Target& target, const std::string& path, long count) {
  std::vector<char> scratch(kScratch);
  std::vector<Connection> connections(static_cast<std::size_t>(count));
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  Tally tally;
  long pending = 0;
  for (auto& connection : connections) connection.fd = dial(target);
  const auto start = Clock::now();
  for (auto& connection : connections) {
    if (connection.fd < 0 || !ask(connection.fd, target, path)) {
      ++tally.failed;
      continue;
    }
    watch(epoll, connection);
    ++pending;
  }
  epoll_event events[256];
  while (pending > 0 && since(start) < kLimitSeconds) {
    const int ready = epoll_wait(epoll, events, 256, 1000);
    for (int i = 0; i < ready; ++i) {
      auto& connection = *static_cast<Connection*>(events[i].data.ptr);
      const auto progress = connection.answer.read(connection.fd, scratch, MSG_DONTWAIT, start);
      if (progress == Answer::Progress::More) continue;
      if (progress == Answer::Progress::Done)
        tally.add(connection.answer, since(start));
      else
        ++tally.failed;
      close(connection.fd);
      --pending;
    }
  }
  tally.failed += static_cast<int>(pending);
  tally.print(since(start));
  return 0;
}

// One GET on a blocking socket. False when it broke.
bool exchange(int fd, const Target& target, const std::string& path, std::vector<char>& scratch,
              Tally& tally) {
  const auto start = Clock::now();
  if (!ask(fd, target, path)) return false;
  Answer answer;
  auto progress = Answer::Progress::More;
  while (progress == Answer::Progress::More && since(start) < kLimitSeconds)
    progress = answer.read(fd, scratch, 0, start);
  if (progress != Answer::Progress::Done) return false;
  tally.add(answer, since(start));
  return true;
}

int sequence(const Target& target, const std::string& prefix, const std::string& suffix, long count) {
  std::vector<char> scratch(kScratch);
  Tally tally;
  const auto start = Clock::now();
  int fd = dial(target);
  for (long i = 0; i < count && since(start) < kLimitSeconds; ++i) {
    if (exchange(fd, target, prefix + std::to_string(i) + suffix, scratch, tally)) continue;
    ++tally.failed;
    close(fd);
    fd = dial(target);
  }
  tally.print(since(start));
  return 0;
}

int hold(const Target& target, const std::string& path, long count) {
  std::vector<char> scratch(kScratch);
  Tally tally;
  const auto start = Clock::now();
  for (long i = 0; i < count && since(start) < kLimitSeconds; ++i)
    if (!exchange(dial(target), target, path, scratch, tally)) ++tally.failed;
  tally.print(since(start));
  char byte;
  while (read(STDIN_FILENO, &byte, 1) > 0) {
  }
  return 0;
}

class Paced {
 public:
  Paced(const Target& target, std::string prefix, std::string suffix, long modulo)
      : target_(target),
        prefix_(std::move(prefix)),
        suffix_(std::move(suffix)),
        modulo_(modulo),
        connections_(kPacedConnections) {
    for (auto& connection : connections_) {
      connection.fd = dial(target_);
      if (connection.fd < 0) die("cannot connect");
      watch(epoll_, connection);
      free_.push_back(&connection);
    }
  }

  int run(long rate, long seconds) {
    const auto start = Clock::now();
    const auto step = std::chrono::duration_cast<Clock::duration>(Seconds(1.0 / static_cast<double>(rate)));
    const long total = rate * seconds;
    long due_count = 0;
    while (answered_ < total && since(start) < static_cast<double>(seconds) + 20) {
      const auto now = Clock::now();
      for (; due_count < total && start + due_count * step <= now; ++due_count)
        waiting_.push_back(start + due_count * step);
      send_waiting();
      collect(due_count < total ? start + due_count * step : now + std::chrono::milliseconds(20));
    }
    tally_.failed += static_cast<int>(total - answered_);
    tally_.print(since(start));
    return 0;
  }

 private:
  void send_waiting() {
    for (; !waiting_.empty() && !free_.empty(); waiting_.pop_front(), free_.pop_back()) {
      auto& connection = *free_.back();
      connection.answer = Answer();
      connection.due = waiting_.front();
      if (!ask(connection.fd, target_, prefix_ + std::to_string(sent_++ % modulo_) + suffix_))
        die("cannot send");
    }
  }

  void collect(Clock::time_point until) {
    const auto left = std::max(Clock::duration::zero(), until - Clock::now());
    const auto ns = std::chrono::duration_cast<std::chrono::nanoseconds>(left).count();
    const timespec timeout{ns / 1'000'000'000, ns % 1'000'000'000};
    epoll_event events[kPacedConnections];
    const int ready = epoll_pwait2(epoll_, events, kPacedConnections, &timeout, nullptr);
    for (int i = 0; i < ready; ++i) {
      auto& connection = *static_cast<Connection*>(events[i].data.ptr);
      const auto progress = connection.answer.read(connection.fd, scratch_, MSG_DONTWAIT, connection.due);
      if (progress == Answer::Progress::More) continue;
      if (progress == Answer::Progress::Broken) die("an answer broke");
      tally_.add(connection.answer, since(connection.due));
      ++answered_;
      free_.push_back(&connection);
    }
  }

  const Target& target_;
  std::string prefix_, suffix_;
  long modulo_;
  int epoll_ = epoll_create1(EPOLL_CLOEXEC);
  std::vector<char> scratch_ = std::vector<char>(kScratch);
  std::vector<Connection> connections_;
  std::vector<Connection*> free_;
  std::deque<Clock::time_point> waiting_;  // requests that are due and found no free connection
  long sent_ = 0;
  long answered_ = 0;
  Tally tally_;
};

}  // namespace

int main(int argc, char** argv) {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  const std::string_view mode = argc > 1 ? argv[1] : "";
  if (mode == "fetch" && argc == 6) return fetch(make_target(argv[2], argv[3]), argv[4], number(argv[5]));
  if (mode == "hold" && argc == 6) return hold(make_target(argv[2], argv[3]), argv[4], number(argv[5]));
  if (mode == "sequence" && argc == 7)
    return sequence(make_target(argv[2], argv[3]), argv[4], argv[5], number(argv[6]));
  if (mode == "paced" && argc == 9) {
    const auto target = make_target(argv[2], argv[3]);
    return Paced(target, argv[4], argv[5], number(argv[6])).run(number(argv[7]), number(argv[8]));
  }
  die("usage: load fetch|sequence|hold|paced HOST PORT ..., see the comment in load.cpp");
}
