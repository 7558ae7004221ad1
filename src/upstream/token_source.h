// One remote's bearer tokens: kept until shortly before they expire, and asked for once however many want
// one.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "http/headers.h"
#include "runtime/bell.h"
#include "runtime/slots.h"
#include "runtime/task.h"
#include "upstream/breaker.h"
#include "upstream/token.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>

namespace artifactapi::upstream {

// One token to ask for.
struct TokenQuery {
  TokenService service;
  std::string scope;  // as the service is asked; may be empty
  friend bool operator==(const TokenQuery&, const TokenQuery&) = default;
};

// The token service's own answer instead of a token, to be handed on: 401, 403 or 429.
struct TokenRefusal {
  int status = 0;
  http::Headers headers;
};
using TokenAnswer = std::variant<Token, TokenRefusal, Error>;

// Asks a token service, over whatever.
class TokenExchange {
 public:
  virtual ~TokenExchange() = default;
  // Errors: Unreachable, Timeout, BadPeer (a rule of ours forbids it), Cancelled.
  [[nodiscard]] virtual runtime::Task<TokenAnswer> exchange(TokenQuery query) = 0;
};

struct Grant {
  Secret token;
  bool fresh = false;  // asked for on account of this call, so that asking again would not give a better one
};
using GrantAnswer = std::variant<Grant, TokenRefusal, Error>;

// Shared by all loops.
class TokenSource {
 public:
  static constexpr std::size_t kMaxTokens = 1024;
  static constexpr std::size_t kMaxExchanges = 16;  // at once

  explicit TokenSource(runtime::Loops& loops) : loops_(loops), exchanges_(loops, kMaxExchanges) {}

  // A token that is good now; `exchange` is used where there is none, by one caller at a time for each query.
  // While one is being renewed the old one is given out; when that fails, until it expires. On a loop thread.
  // Errors: those of the exchange; Unreachable without asking while the service counts as away;
  // Timeout (`deadline` passed), Overloaded.
  [[nodiscard]] runtime::Task<GrantAnswer> get(TokenExchange& exchange, TokenQuery query, const Clock& clock,
                                               runtime::Deadline deadline);

  // The origin did not accept this token: it is not given out again.
  void reject(const TokenQuery& query, const Secret& token);

 private:
  // One exchange and those who wait for it.
  struct Flight {
    explicit Flight(runtime::Loops& loops) : bell(loops) {}
    TokenAnswer answer = Error{Code::Cancelled, "asking for a token was given up"};  // before `done`
    std::atomic<bool> done{false};
    runtime::Bell bell;
  };
  struct Entry {
    std::optional<Token> token;
    std::shared_ptr<Flight> flight;
    std::uint64_t used = 0;
  };
  // Lands its flight at the latest when the coroutine that leads it ends, however it ends.
  class Lead;
  struct Boarding {
    std::optional<Token> token;  // good, perhaps for a short while only
    std::shared_ptr<Flight> flight;
    bool leads = false;
  };

  [[nodiscard]] Boarding board(const std::string& key, Time now);
  [[nodiscard]] bool make_room();
  void land(const std::string& key, Flight& flight);
  [[nodiscard]] runtime::Task<TokenAnswer> lead(TokenExchange& exchange, TokenQuery query, const Clock& clock,
                                                runtime::Deadline deadline);

  runtime::Loops& loops_;
  runtime::Slots exchanges_;
  Breaker breaker_;
  std::mutex mutex_;  // guards all below
  std::unordered_map<std::string, Entry> entries_;
  std::uint64_t uses_ = 0;
};

}  // namespace artifactapi::upstream
