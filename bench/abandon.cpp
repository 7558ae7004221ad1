// Clients that ask for what is slow to come, lose patience, and ask for something else: what a dead upstream
// does to a cache's front. Their turns are spread evenly, so that their own bursts are not what is measured.
//   abandon HOST PORT PREFIX CLIENTS PATIENCE_MS PAUSE_MS   GETs of PREFIX<n>, until stdin ends; then one
//   line of JSON
#include "peer.h"

#include <chrono>
#include <queue>
#include <sys/epoll.h>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kLimit{150};

struct Client {
  Clock::time_point turn;  // of its next step: to ask when it has no connection, to give up when it has one
  int fd = -1;
};

struct Later {
  bool operator()(const Client* a, const Client* b) const { return a->turn > b->turn; }
};

class Crowd {
 public:
  Crowd(Target target, std::string prefix, long clients, std::chrono::milliseconds patience,
        std::chrono::milliseconds pause)
      : target_(std::move(target)),
        prefix_(std::move(prefix)),
        patience_(patience),
        pause_(pause),
        clients_(static_cast<std::size_t>(clients)) {
    const auto now = Clock::now();
    for (long i = 0; i < clients; ++i) {
      auto& client = clients_[static_cast<std::size_t>(i)];
      client.turn = now + (patience + pause) * i / clients;
      turns_.push(&client);
    }
    epoll_event event{};
    event.events = EPOLLIN;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, STDIN_FILENO, &event);
  }

  // An answer is not read: it waits in the socket until patience ends, whatever it says.
  int run() {
    const auto end = Clock::now() + kLimit;
    while (Clock::now() < end) {
      auto& client = *turns_.top();
      const auto wait = std::chrono::ceil<std::chrono::milliseconds>(client.turn - Clock::now()).count();
      epoll_event event{};
      if (epoll_wait(epoll_, &event, 1, wait > 0 ? static_cast<int>(wait) : 0) > 0) break;
      if (client.turn > Clock::now()) continue;
      turns_.pop();
      step(client);
      turns_.push(&client);
    }
    std::printf("{\"asked\":%ld}\n", asked_);
    return 0;
  }

 private:
  void step(Client& client) {
    if (client.fd >= 0) {
      close(client.fd);
      client.fd = -1;
      client.turn += pause_;
      return;
    }
    client.fd = dial(target_);
    if (client.fd >= 0 && ask(client.fd, target_, prefix_ + std::to_string(asked_))) ++asked_;
    client.turn += patience_;
  }

  Target target_;
  std::string prefix_;
  std::chrono::milliseconds patience_, pause_;
  std::vector<Client> clients_;
  std::priority_queue<Client*, std::vector<Client*>, Later> turns_;
  int epoll_ = epoll_create1(EPOLL_CLOEXEC);
  long asked_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7) die("usage: abandon HOST PORT PREFIX CLIENTS PATIENCE_MS PAUSE_MS");
  return Crowd(make_target(argv[1], argv[2]), argv[3], number(argv[4]),
               std::chrono::milliseconds(number(argv[5])), std::chrono::milliseconds(number(argv[6])))
      .run();
}
