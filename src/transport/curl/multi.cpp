#include "transport/curl/multi.h"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <new>
#include <sys/epoll.h>
#include <system_error>

namespace artifactapi::transport {

namespace {

constexpr int kEventsAtOnce = 64;

CURLM* new_multi() {
  // Once in the process, by whichever loop comes first.
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  CURLM* multi = initialised == CURLE_OK ? curl_multi_init() : nullptr;
  if (multi == nullptr) throw std::bad_alloc();
  return multi;
}

int new_epoll() {
  const int descriptor = epoll_create1(EPOLL_CLOEXEC);
  if (descriptor < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  return descriptor;
}

std::uint32_t epoll_mask(int what) {
  switch (what) {
    case CURL_POLL_IN: return EPOLLIN;
    case CURL_POLL_OUT: return EPOLLOUT;
    case CURL_POLL_INOUT: return EPOLLIN | EPOLLOUT;
    default: return 0;
  }
}

int curl_mask(std::uint32_t events) {
  int mask = 0;
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLRDHUP)) != 0) mask |= CURL_CSELECT_IN;
  if ((events & EPOLLOUT) != 0) mask |= CURL_CSELECT_OUT;
  if ((events & EPOLLERR) != 0) mask |= CURL_CSELECT_ERR;
  return mask;
}

}  // namespace

std::shared_ptr<Multi> Multi::create(runtime::Loop& loop, std::size_t kept_connections) {
  std::shared_ptr<Multi> multi(new Multi(loop, kept_connections));
  multi->watch_sockets();
  return multi;
}

Multi::Multi(runtime::Loop& loop, std::size_t kept_connections)
    : context_(loop.context()),
      kept_connections_(kept_connections),
      multi_(new_multi()),
      sockets_(context_, new_epoll()),
      timer_(context_) {
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &Multi::on_socket);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &Multi::on_timer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_NOTHING));
  limit_connections();
}

Multi::~Multi() {
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, nullptr);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, nullptr);
  curl_multi_cleanup(multi_);
}

void Multi::add(CURL* easy, Member& member) {
  curl_easy_setopt(easy, CURLOPT_PRIVATE, &member);
  ++running_;
  limit_connections();
  drive([&] {
    curl_multi_add_handle(multi_, easy);
    int still_running = 0;
    curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &still_running);
  });
}

void Multi::remove(CURL* easy) {
  --running_;
  limit_connections();
  drive([&] { curl_multi_remove_handle(multi_, easy); });
}

// libcurl counts the connections in use too and closes idle ones first.
void Multi::limit_connections() {
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS,
                    static_cast<long>(std::max<std::size_t>(kept_connections_, 1) + running_));
}

int Multi::on_socket(CURL*, curl_socket_t socket, int what, void* self, void* known) {
  auto& multi = *static_cast<Multi*>(self);
  const int set = multi.sockets_.native_handle();
  if (what == CURL_POLL_REMOVE) {
    epoll_ctl(set, EPOLL_CTL_DEL, socket, nullptr);
    return 0;
  }
  epoll_event event{};
  event.events = epoll_mask(what);
  event.data.fd = socket;
  if (known == nullptr) {
    curl_multi_assign(multi.multi_, socket, &multi);
    if (epoll_ctl(set, EPOLL_CTL_ADD, socket, &event) == 0 || errno != EEXIST) return 0;
  }
  epoll_ctl(set, EPOLL_CTL_MOD, socket, &event);
  return 0;
}

int Multi::on_timer(CURLM*, long timeout_ms, void* self) {
  auto& multi = *static_cast<Multi*>(self);
  if (timeout_ms < 0) {
    multi.due_.reset();
    return 0;
  }
  multi.due_ = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  if (!multi.driving_) multi.set_timer();
  return 0;
}

void Multi::watch_sockets() {
  sockets_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                      [weak = weak_from_this()](const boost::system::error_code& error) {
                        const auto self = weak.lock();
                        if (!self || error) return;
                        self->on_sockets();
                        self->watch_sockets();
                      });
}

void Multi::on_sockets() {
  std::array<epoll_event, kEventsAtOnce> events;
  const int count = epoll_wait(sockets_.native_handle(), events.data(), kEventsAtOnce, 0);
  drive([&] {
    int still_running = 0;
    for (int at = 0; at < count; ++at) {
      const auto& event = events[static_cast<std::size_t>(at)];
      curl_multi_socket_action(multi_, event.data.fd, curl_mask(event.events), &still_running);
    }
  });
}

void Multi::on_due() {
  if (!due_ || *due_ > std::chrono::steady_clock::now()) {
    set_timer();
    return;
  }
  due_.reset();
  drive([&] {
    int still_running = 0;
    curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &still_running);
  });
}

template <class Action>
void Multi::drive(Action action) {
  driving_ = true;
  action();
  tell_finished();
  driving_ = false;
  set_timer();
}

void Multi::tell_finished() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    CURL* easy = message->easy_handle;
    const CURLcode code = message->data.result;
    Member* member = nullptr;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &member);
    curl_multi_remove_handle(multi_, easy);  // `message` is gone from here on
    --running_;
    member->finished(code);
  }
  limit_connections();
}

// Timers are dear: one that fires earlier than needed stays and is set again when it does.
void Multi::set_timer() {
  if (!due_ || posted_) return;
  if (*due_ <= std::chrono::steady_clock::now()) {
    posted_ = true;
    boost::asio::post(context_, [weak = weak_from_this()] {
      const auto self = weak.lock();
      if (!self) return;
      self->posted_ = false;
      self->on_due();
    });
    return;
  }
  if (timer_set_ && *timer_set_ <= *due_) return;
  timer_set_ = due_;
  timer_.expires_at(*due_);
  timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
    const auto self = weak.lock();
    if (!self || error) return;
    self->timer_set_.reset();
    self->on_due();
  });
}

}  // namespace artifactapi::transport
