// Names to addresses, shared by all loops; the only place that asks the system's resolver.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "runtime/bell.h"
#include "runtime/loop.h"
#include "runtime/task.h"

#include <boost/asio/ip/address.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace artifactapi::runtime {

using Addresses = std::vector<boost::asio::ip::address>;

// Of a host that is an address itself.
[[nodiscard]] std::optional<boost::asio::ip::address> literal_address(const std::string& host);

struct ResolverLimits {
  Milliseconds kept{30'000};               // an answer is used this long without asking again
  Milliseconds kept_after_failure{1'000};  // the last good one, when asking again failed
  Milliseconds patience{500};  // with a last good answer at hand nobody waits longer for a new one
  std::size_t hosts = 1024;    // answers kept
  std::size_t look_ups = 256;  // queued or running
};

// One look-up per host at a time; its answer goes to everyone who asked meanwhile, on any loop. The last good
// answer serves while the resolver fails.
class Resolver {
 public:
  // Blocks; runs on a thread of the resolver.
  using LookUp = std::function<Result<Addresses>(const std::string& host)>;

  Resolver(Loops& loops, std::size_t threads);
  Resolver(Loops& loops, std::size_t threads, LookUp look_up, ResolverLimits limits = {});
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // What resolve would say at once: an IP literal's address, or an answer that may still be used. Any thread.
  [[nodiscard]] std::optional<Addresses> known(const std::string& host);

  // At least one address; one for an IP literal, at once. On a loop thread.
  // Errors: Unreachable (no such name, no address, the resolver failed), Timeout (the deadline passed; the
  // look-up goes on for others), Overloaded, Cancelled after stop().
  [[nodiscard]] Task<Result<Addresses>> resolve(std::string host, Deadline deadline);

  // Ends what waits with Cancelled. Idle threads end; one stuck in a look-up, which nothing can interrupt, is
  // left behind: it owns all it touches and rings no loop any more, so that the process can end at once.
  void stop();

 private:
  struct Flight;
  struct State;
  static Task<Result<Addresses>> ask(std::shared_ptr<State> state, std::string host, Deadline deadline);

  std::shared_ptr<State> state_;
};

}  // namespace artifactapi::runtime
