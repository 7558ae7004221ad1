// The specification's rules on freshness as two pure functions. The engine carries out what they say.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "catalog/row.h"
#include "config/config.h"
#include "formats/plan.h"

#include <memory>
#include <variant>

namespace artifactapi::cache {

// One remote's rules, as configured.
struct Rules {
  config::CacheSettings ttl;
  config::MutableUpdates updates = config::MutableUpdates::Never;
  config::RevalidateWith revalidate_with = config::RevalidateWith::Head;
  config::StatusSet stale_on;
};

// What upstream is asked.
enum class Question : std::uint8_t {
  Get,              // the body, whatever we have
  ConditionalGet,   // the body unless it is what we have
  ConditionalHead,  // whether it is what we have
  DigestHead,       // the same, told by the digest that the answer names
};

// Whether a head names the digest that is stored; Unknown: it names none.
enum class Sameness : std::uint8_t { Unknown, Same, Moved };

struct ServeStored {};
struct AskUpstream {
  Question question = Question::Get;
};
using Decision = std::variant<ServeStored, AskUpstream>;

// `row`: null when nothing is stored.
[[nodiscard]] Decision before_upstream(const Rules& rules, const formats::Plan& plan, const catalog::Row* row,
                                       Time now);

// Take the body in; it is good until then.
struct Store {
  Time expires_at{};
};
// The copy is still good.
struct Renewed {
  Time expires_at{};
};
// The HEAD settled nothing: ask this next.
struct AskNext {
  Question question = Question::ConditionalGet;
};
// Upstream cannot be had: serve the copy, and ask again after this time.
struct ServeStale {
  Time expires_at{};
};
// Pass upstream's refusal on under this status; `ends_copy`: what we had is gone upstream.
struct PassOn {
  int status = 0;
  bool ends_copy = false;
};
using Verdict = std::variant<Store, Renewed, AskNext, ServeStale, PassOn, Error>;

// `reply`: upstream's status, or why there is none.
[[nodiscard]] Verdict after_upstream(const Rules& rules, const formats::Plan& plan, const catalog::Row* row,
                                     Question asked, const Result<int>& reply, Time now,
                                     Sameness same = Sameness::Unknown);

// The row as it counts under these rules: one that was stored under longer ones runs out when it would have
// under these. (A longer time begins when upstream is asked next.) Null stays null.
[[nodiscard]] std::shared_ptr<const catalog::Row> under_rules(const Rules& rules, const formats::Plan& plan,
                                                              std::shared_ptr<const catalog::Row> row);

// When bytes received now run out; Time::max() for never.
[[nodiscard]] Time expiry(const Rules& rules, const formats::Plan& plan, Time now);

}  // namespace artifactapi::cache
