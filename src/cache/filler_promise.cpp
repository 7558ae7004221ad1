// The part of a fill whose bytes are not what was promised of them.
#include "cache/filler.h"
#include "cache/intake.h"
#include "cache/promise_check.h"
#include "cache/promises.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

namespace artifactapi::cache {

using runtime::Task;

namespace {

// So long is upstream not asked again for what was not what it promised.
constexpr Seconds kRefusedFor{30};
// A document is fetched before its time at most once in this time, however many files it seems to belie.
constexpr Seconds kBetweenFetches{30};

// A fill of the document that is under way may have begun before the document changed, and another may follow
// it.
constexpr int kMostFillsAwaited = 10;

}  // namespace

// Upstream may have published anew, under the same name, since the document was stored.
Task<bool> Filler::promised_by_now(const Intake& intake, const Digest& digest) {
  const auto* at = co_await document_naming(services_, profile_, plan_);
  if (at != nullptr && profile_->planner) {
    auto document = profile_->planner->plan_of(*at);
    if (document) co_await fetch_anew(std::make_shared<const formats::Plan>(std::move(*document)));
  }
  auto promise = co_await promise_of(services_, profile_, plan_);
  // What no document names any more is as what none ever named.
  if (!promise) co_return !plan_->elsewhere;
  if (promise == promise_) co_return false;
  promise_ = std::move(promise);
  auto would_keep = [&] {
    const auto told = kept_by(digest, *promise_);
    return told ? *told : intake.would_keep(*promise_);
  };
  co_return co_await runtime::offload(services_.pool, would_keep);
}

// Only waits until a look-up finds the document: what is compared with it later may be this very fill's.
Task<> Filler::fetch_anew(formats::PlanPtr document) {
  download_ = {};  // the other one needs it
  const auto key = cache_key(profile_->name, document->key);
  for (int awaited = 0; awaited < kMostFillsAwaited; ++awaited) {
    const auto joined = services_.fills.join(key);
    const Fill::Interest interest(joined.fill);
    if (!joined.created) {
      co_await joined.fill->gone();
      continue;
    }
    Filler filler(services_, joined.fill, profile_, document);
    const auto now = services_.clock.now();
    filler.anew_ = services_.fetched_anew.put_if_absent(key, true, now + kBetweenFetches, now);
    co_await filler.complete();
    std::ranges::move(filler.coming_, std::back_inserter(coming_));
    co_return;
  }
}

Error Filler::contradicted() {
  profile_->counters.contradicted.inc();
  Error error{Code::Contradicted, "upstream's bytes are not those of the promised digest"};
  services_.log.warning("upstream's bytes are not what was promised of them, they are thrown away",
                        {{"remote", profile_->name}, {"path", plan_->path}});
  if (!profile_->ended.load()) {
    services_.refused.put(fill_->key(), error, services_.clock.now() + kRefusedFor);
  }
  return error;
}

}  // namespace artifactapi::cache
