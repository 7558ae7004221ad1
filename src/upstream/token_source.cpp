#include "upstream/token_source.h"

#include <algorithm>
#include <atomic>
#include <utility>

namespace artifactapi::upstream {

using runtime::Deadline;
using runtime::Task;

namespace {

// No part may hold a line feed.
std::string key_of(const TokenQuery& query) {
  return http::to_string(query.service.realm) + "\n" + query.service.service + "\n" + query.scope;
}

bool away(const TokenAnswer& answer) {
  const auto* error = std::get_if<Error>(&answer);
  return error != nullptr && (error->code == Code::Unreachable || error->code == Code::Timeout);
}

bool denied(const TokenAnswer& answer) {
  const auto* refusal = std::get_if<TokenRefusal>(&answer);
  return refusal != nullptr && refusal->status != 429;
}

GrantAnswer granted(TokenAnswer answer) {
  if (auto* token = std::get_if<Token>(&answer)) return Grant{std::move(token->value), true};
  if (auto* refusal = std::get_if<TokenRefusal>(&answer)) return std::move(*refusal);
  return std::get<Error>(std::move(answer));
}

}  // namespace

class TokenSource::Lead {
 public:
  Lead(TokenSource& source, std::string key, std::shared_ptr<Flight> flight)
      : source_(source), key_(std::move(key)), flight_(std::move(flight)) {}
  Lead(const Lead&) = delete;
  Lead& operator=(const Lead&) = delete;
  ~Lead() { source_.land(key_, *flight_); }
  void answered(TokenAnswer answer) { flight_->answer = std::move(answer); }

 private:
  TokenSource& source_;
  std::string key_;
  std::shared_ptr<Flight> flight_;
};

Task<GrantAnswer> TokenSource::get(TokenExchange& exchange, TokenQuery query, const Clock& clock,
                                   Deadline deadline) {
  const auto key = key_of(query);
  for (;;) {
    auto [token, flight, leads] = board(key, clock.now());
    if (token && !leads) co_return Grant{std::move(token->value), false};
    if (!flight) co_return Error{Code::Overloaded, "too many tokens are asked for at once"};
    if (leads) {
      Lead lead_of(*this, key, flight);
      auto answer = co_await lead(exchange, query, clock, deadline);
      lead_of.answered(answer);
      const bool old_one_will_do = token && !std::holds_alternative<Token>(answer) && !denied(answer);
      if (old_one_will_do) co_return Grant{std::move(token->value), false};
      co_return granted(std::move(answer));
    }
    const auto landed = [&awaited = *flight] { return awaited.done.load(std::memory_order_seq_cst); };
    const bool in_time = co_await flight->bell.wait_until(landed, deadline);
    if (!in_time) co_return Error{Code::Timeout, "waiting for a token took too long"};
    const auto* error = std::get_if<Error>(&flight->answer);
    if (error == nullptr || error->code != Code::Cancelled) co_return granted(flight->answer);
  }
}

Task<TokenAnswer> TokenSource::lead(TokenExchange& exchange, TokenQuery query, const Clock& clock,
                                    Deadline deadline) {
  const auto slot = co_await exchanges_.take(deadline);
  if (!slot) co_return Error{Code::Timeout, "waiting to ask for a token took too long"};
  if (!breaker_.admit(clock.now())) {
    co_return Error{Code::Unreachable,
                    "the token service did not answer lately; it is asked again within a second"};
  }
  auto answer = co_await exchange.exchange(std::move(query));
  if (away(answer)) {
    breaker_.failed(clock.now());
  } else {
    breaker_.succeeded();
  }
  co_return answer;
}

// Takes part in the flight for that key; the first one leads it.
TokenSource::Boarding TokenSource::board(const std::string& key, Time now) {
  const std::lock_guard lock(mutex_);
  auto found = entries_.find(key);
  if (found == entries_.end()) {
    if (!make_room()) return {};
    found = entries_.emplace(key, Entry{}).first;
  }
  Entry& entry = found->second;
  entry.used = ++uses_;
  Boarding boarding;
  if (entry.token && now < entry.token->expires_at) boarding.token = entry.token;
  if (boarding.token && now < entry.token->renew_at) return boarding;
  boarding.leads = entry.flight == nullptr;
  if (boarding.leads) entry.flight = std::make_shared<Flight>(loops_);
  boarding.flight = entry.flight;
  return boarding;
}

// The one not used for longest leaves, but none that somebody waits for.
bool TokenSource::make_room() {
  if (entries_.size() < kMaxTokens) return true;
  auto oldest = entries_.end();
  for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
    if (entry->second.flight) continue;
    if (oldest == entries_.end() || entry->second.used < oldest->second.used) oldest = entry;
  }
  if (oldest == entries_.end()) return false;
  entries_.erase(oldest);
  return true;
}

void TokenSource::land(const std::string& key, Flight& flight) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  if (found != entries_.end()) {
    Entry& entry = found->second;
    const auto* token = std::get_if<Token>(&flight.answer);
    if (token != nullptr) {
      entry.token = *token;
    } else if (denied(flight.answer)) {
      entry.token.reset();
    } else if (entry.token) {
      entry.token->renew_at = entry.token->expires_at;  // nobody else has to wait for what just failed
    }
    entry.flight.reset();
    if (!entry.token) entries_.erase(found);
  }
  flight.done.store(true, std::memory_order_seq_cst);
  flight.bell.ring();
}

void TokenSource::reject(const TokenQuery& query, const Secret& token) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key_of(query));
  if (found == entries_.end()) return;
  Entry& entry = found->second;
  if (entry.token && entry.token->value == token) entry.token.reset();
}

}  // namespace artifactapi::upstream
