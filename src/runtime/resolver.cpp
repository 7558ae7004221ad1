#include "runtime/resolver.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <netdb.h>
#include <netinet/in.h>
#include <optional>
#include <pthread.h>
#include <resolv.h>
#include <sys/socket.h>
#include <thread>
#include <unordered_map>
#include <utility>

namespace artifactapi::runtime {

namespace {

using Instant = std::chrono::steady_clock::time_point;

// How long stop() gives threads that are about to end anyway.
constexpr std::chrono::milliseconds kStopGrace{100};

// A name server that does not answer is asked so often, first waiting so many seconds; the system's default
// of five seconds would outlast the fault by too much. Smaller values in resolv.conf stay.
constexpr int kTries = 2;
constexpr int kSecondsPerTry = 1;

struct FreeAddressInfo {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};

std::optional<boost::asio::ip::address> address_of(const addrinfo& info) {
  if (info.ai_family == AF_INET) {
    const auto& v4 = *reinterpret_cast<const sockaddr_in*>(info.ai_addr);
    return boost::asio::ip::address_v4(ntohl(v4.sin_addr.s_addr));
  }
  if (info.ai_family != AF_INET6) return std::nullopt;
  const auto& v6 = *reinterpret_cast<const sockaddr_in6*>(info.ai_addr);
  boost::asio::ip::address_v6::bytes_type bytes;
  std::copy_n(v6.sin6_addr.s6_addr, bytes.size(), bytes.begin());
  return boost::asio::ip::address_v6(bytes, v6.sin6_scope_id);
}

Result<Addresses> system_look_up(const std::string& host) {
  res_init();  // of this thread; reads a changed resolv.conf too
  _res.retry = std::min(_res.retry, kTries);
  _res.retrans = std::min(_res.retrans, kSecondsPerTry);

  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int code = getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (code != 0) return fail(Code::Unreachable, "looking up " + host + ": " + gai_strerror(code));
  const std::unique_ptr<addrinfo, FreeAddressInfo> owned(found);

  Addresses addresses;
  for (const addrinfo* info = found; info != nullptr; info = info->ai_next) {
    const auto address = address_of(*info);
    if (address && std::ranges::find(addresses, *address) == addresses.end()) addresses.push_back(*address);
  }
  if (addresses.empty()) return fail(Code::Unreachable, "looking up " + host + ": no address");
  return addresses;
}

}  // namespace

// One look-up and those who wait for it.
struct Resolver::Flight {
  Flight(Loops& loops, std::string host_in) : host(std::move(host_in)), bell(loops) {}
  std::string host;
  Result<Addresses> answer;  // written once, before `done`
  std::atomic<bool> done{false};
  Bell bell;
};

// Held by the resolver, its threads and waiting coroutines.
struct Resolver::State {
  struct Known {
    Addresses addresses;
    Instant fresh_until;
    Instant used;
  };

  State(Loops& loops_in, LookUp look_up_in, ResolverLimits limits_in)
      : loops(loops_in), look_up(std::move(look_up_in)), limits(limits_in) {}

  static void work(std::shared_ptr<State> state);
  void land(Flight& flight, Result<Addresses> answer);
  void remember(const std::string& host, const Addresses& addresses);
  // The flight of that host, started if there was none; null when there are too many.
  std::shared_ptr<Flight> join(const std::string& host);
  std::optional<Addresses> known_addresses(const std::string& host, bool stale_too);

  Loops& loops;
  const LookUp look_up;
  const ResolverLimits limits;
  std::mutex mutex;  // guards all below
  std::condition_variable changed;
  std::deque<std::shared_ptr<Flight>> queue;
  std::unordered_map<std::string, std::shared_ptr<Flight>> flights;
  std::unordered_map<std::string, Known> known;
  std::size_t threads = 0;
  bool stopping = false;
};

void Resolver::State::work(std::shared_ptr<State> state) {
  pthread_setname_np(pthread_self(), "resolver");
  std::unique_lock lock(state->mutex);
  for (;;) {
    state->changed.wait(lock, [&] { return state->stopping || !state->queue.empty(); });
    if (state->stopping) break;
    const auto flight = std::move(state->queue.front());
    state->queue.pop_front();
    lock.unlock();
    auto answer = state->look_up(flight->host);
    lock.lock();
    if (state->stopping) break;  // the loops may be gone
    state->land(*flight, std::move(answer));
  }
  --state->threads;
  state->changed.notify_all();
}

void Resolver::State::land(Flight& flight, Result<Addresses> answer) {
  const auto last_good = known.find(flight.host);
  if (answer) {
    remember(flight.host, *answer);
  } else if (last_good != known.end()) {
    last_good->second.fresh_until = std::chrono::steady_clock::now() + limits.kept_after_failure;
    answer = last_good->second.addresses;
  }
  flight.answer = std::move(answer);
  flight.done.store(true, std::memory_order_seq_cst);
  flight.bell.ring();
  flights.erase(std::string(flight.host));
}

void Resolver::State::remember(const std::string& host, const Addresses& addresses) {
  const auto now = std::chrono::steady_clock::now();
  if (known.size() >= limits.hosts && !known.contains(host)) {
    const auto by_use = [](const auto& a, const auto& b) { return a.second.used < b.second.used; };
    known.erase(std::ranges::min_element(known, by_use));
  }
  known.insert_or_assign(host, Known{addresses, now + limits.kept, now});
}

std::shared_ptr<Resolver::Flight> Resolver::State::join(const std::string& host) {
  const auto found = flights.find(host);
  if (found != flights.end()) return found->second;
  if (flights.size() >= limits.look_ups) return nullptr;
  auto flight = std::make_shared<Flight>(loops, host);
  flights.emplace(host, flight);
  queue.push_back(flight);
  changed.notify_one();
  return flight;
}

std::optional<Addresses> Resolver::State::known_addresses(const std::string& host, bool stale_too) {
  const auto found = known.find(host);
  if (found == known.end()) return std::nullopt;
  const auto now = std::chrono::steady_clock::now();
  if (!stale_too && now >= found->second.fresh_until) return std::nullopt;
  found->second.used = now;
  return found->second.addresses;
}

Resolver::Resolver(Loops& loops, std::size_t threads) : Resolver(loops, threads, system_look_up) {}

Resolver::Resolver(Loops& loops, std::size_t threads, LookUp look_up, ResolverLimits limits)
    : state_(std::make_shared<State>(loops, std::move(look_up), limits)) {
  state_->threads = threads;
  for (std::size_t i = 0; i < threads; ++i) std::thread(&State::work, state_).detach();
}

Resolver::~Resolver() {
  stop();
}

void Resolver::stop() {
  std::unique_lock lock(state_->mutex);
  if (!std::exchange(state_->stopping, true)) {
    for (const auto& [host, flight] : state_->flights) {
      flight->answer = fail(Code::Cancelled, "the resolver was stopped");
      flight->done.store(true, std::memory_order_seq_cst);
      flight->bell.ring();
    }
    state_->flights.clear();
    state_->queue.clear();
  }
  state_->changed.notify_all();
  state_->changed.wait_for(lock, kStopGrace, [this] { return state_->threads == 0; });
}

std::optional<boost::asio::ip::address> literal_address(const std::string& host) {
  boost::system::error_code error;
  boost::asio::ip::address literal;
  if (host.find(':') != std::string::npos) {
    literal = boost::asio::ip::make_address_v6(host, error);
  } else {
    literal = boost::asio::ip::make_address_v4(host, error);
  }
  return error ? std::nullopt : std::optional(literal);
}

std::optional<Addresses> Resolver::known(const std::string& host) {
  if (const auto literal = literal_address(host)) return Addresses{*literal};
  const std::lock_guard lock(state_->mutex);
  return state_->stopping ? std::nullopt : state_->known_addresses(host, false);
}

Task<Result<Addresses>> Resolver::resolve(std::string host, Deadline deadline) {
  return ask(state_, std::move(host), deadline);
}

Task<Result<Addresses>> Resolver::ask(std::shared_ptr<State> state, std::string host, Deadline deadline) {
  if (const auto literal = literal_address(host)) co_return Addresses{*literal};
  std::shared_ptr<Flight> flight;
  std::optional<Addresses> last_good;
  {
    const std::lock_guard lock(state->mutex);
    if (state->stopping) co_return fail(Code::Cancelled, "the resolver was stopped");
    auto fresh = state->known_addresses(host, false);
    if (fresh) co_return std::move(*fresh);
    last_good = state->known_addresses(host, true);
    flight = state->join(host);
  }
  if (flight) {
    if (last_good) deadline = std::min(deadline, std::chrono::steady_clock::now() + state->limits.patience);
    const auto done = [&flight = *flight] { return flight.done.load(std::memory_order_seq_cst); };
    const bool answered = co_await flight->bell.wait_until(done, deadline);
    if (answered) co_return flight->answer;
  }
  if (last_good) co_return std::move(*last_good);
  if (!flight) co_return fail(Code::Overloaded, "too many name look-ups at once");
  co_return fail(Code::Timeout, "looking up " + host + " took too long");
}

}  // namespace artifactapi::runtime
