#include "cache/filler.h"

#include "cache/artifact_head.h"
#include "cache/asking.h"
#include "cache/by_digest.h"
#include "cache/damage.h"
#include "cache/disk_read.h"
#include "cache/intake.h"
#include "cache/promises.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace artifactapi::cache {

using runtime::Task;

Filler::Filler(CacheServices& services, std::shared_ptr<Fill> fill, ProfilePtr profile, formats::PlanPtr plan)
    : services_(services), fill_(std::move(fill)), profile_(std::move(profile)), plan_(std::move(plan)) {}

Task<> Filler::run(CacheServices& services, std::shared_ptr<Fill> fill, ProfilePtr profile,
                   formats::PlanPtr plan) {
  Filler filler(services, std::move(fill), profile, std::move(plan));
  co_await filler.complete();
  if (!filler.coming_.empty()) co_await compare_later(services, profile, std::move(filler.coming_));
}

// The answer goes out as soon as it is verified, unless it makes other keys known that a client may ask for
// next; the fill stays in the table until a look-up finds what it left.
Task<> Filler::complete() {
  auto settlement = co_await answer();
  // Who follows bytes of a new one has no use for the copy.
  const bool unseen = fill_->phase() == Fill::Phase::Asking;
  if (is_asked_early() && unseen && !std::holds_alternative<Whole>(settlement)) {
    settlement = co_await serve_or_fetch(outcome_of_stored(*row_));
  }
  std::optional<Whole> to_store;
  if (fresh_) to_store = std::get<Whole>(settlement);
  if (to_store && makes_others_known(services_, *plan_, fill_->key())) {
    co_await store(*to_store);
    // Who has read what it promises is not given anything else.
    if (plan_->each_promise != nullptr) {
      auto coming = co_await drop_contradicted(services_, profile_, plan_, to_store->row, row_);
      std::ranges::move(coming, std::back_inserter(coming_));
    }
    to_store.reset();
  }
  fill_->settle(std::move(settlement));
  if (to_store && !store_at_once(*to_store)) co_await store(std::move(*to_store));
  services_.fills.remove(*fill_);
  fill_->leave();
}

Task<Settlement> Filler::answer() {
  kills_ = services_.hot.kills(fill_->key());
  auto known = known_row(services_, fill_->key(), profile_->name, plan_->key);
  return known ? answer_knowing(std::move(*known)) : look_up_and_answer();
}

Task<Settlement> Filler::look_up_and_answer() {
  auto stored = co_await stored_row(services_, profile_->name, plan_->key);
  if (!stored) {
    services_.log.error("catalog look-up failed",
                        {{"remote", profile_->name}, {"error", stored.error().message}});
  }
  co_return co_await answer_knowing(std::move(stored).value_or(nullptr));
}

Task<Settlement> Filler::answer_knowing(RowPtr stored) {
  row_ = under_rules(profile_->rules, *plan_, std::move(stored));
  if (anew_) return ask(row_ ? Question::ConditionalGet : Question::Get);
  const auto decision = before_upstream(profile_->rules, *plan_, row_.get(), services_.clock.now());
  if (const auto* ask_upstream = std::get_if<AskUpstream>(&decision)) return ask(ask_upstream->question);
  return serve_or_fetch(outcome_of_stored(*row_));
}

bool Filler::is_asked_early() const {
  return anew_ && row_ && services_.clock.now() < row_->expires_at;
}

Task<Settlement> Filler::serve_or_fetch(Outcome outcome) {
  auto served = co_await serve_stored(outcome);
  if (served) co_return std::move(*served);
  co_return co_await ask(Question::Get);
}

Task<std::optional<Settlement>> Filler::serve_stored(Outcome outcome) {
  Whole whole{row_, nullptr, nullptr, outcome};
  const auto kept = services_.hot.find(fill_->key());
  if (kept && kept->row->digest == row_->digest) {
    whole.bytes = kept->body;
    whole.file = kept->file;
  } else if (auto held = services_.blobs.held(row_->digest)) {
    whole.bytes = std::move(held);
  } else {
    auto read = [this] {
      auto found = read_blob(services_.blobs, *row_, kSentFromMemory);
      // A copy of the right length would be taken for sound when the bytes are published again.
      if (!found && found.error().code == Code::Contradicted) discard_if_damaged(services_, row_->digest);
      return found;
    };
    auto body = co_await runtime::offload(services_.pool, read);
    if (!body) {
      services_.log.warning(
          "stored artifact is not usable, fetching it again",
          {{"remote", profile_->name}, {"path", plan_->path}, {"error", body.error().message}});
      services_.hot.kill(fill_->key());
      row_ = nullptr;
      co_return std::nullopt;
    }
    whole.bytes = std::move(body->bytes);
    whole.file = std::move(body->file);
  }
  keep_in_memory(whole, kills_);
  co_return Settlement(std::move(whole));
}

Task<Settlement> Filler::ask(Question question) {
  if (!download_) {
    download_ = services_.fill_slots.try_take();
    if (download_) profile_->counters.fills_started.inc();
  }
  const bool may_adopt = question == Question::Get && plan_->promised && !row_ && !adopting_;
  if (!download_ || may_adopt || plan_->find_promise != nullptr) return prepare_and_ask(question);
  auto request = make_ask(*plan_, question, row_.get());
  return conclude(question, services_.upstream.ask(profile_->origin, std::move(request)));
}

Task<Settlement> Filler::prepare_and_ask(Question question) {
  if (!download_) {
    const auto deadline = std::chrono::steady_clock::now() + profile_->origin->timeouts.first_byte;
    download_ = co_await services_.fill_slots.take(deadline);
    if (!download_) co_return Error{Code::Overloaded, "too many downloads are under way"};
    profile_->counters.fills_started.inc();
  }
  if (question == Question::Get && plan_->promised && !row_ && !std::exchange(adopting_, true)) {
    if (auto adopted = co_await adopt()) co_return std::move(*adopted);
  }
  auto request = make_ask(*plan_, question, row_.get());
  if (plan_->find_promise != nullptr) {
    if (auto refused = co_await look_up_promise(request)) co_return std::move(*refused);
  }
  co_return co_await conclude(question, services_.upstream.ask(profile_->origin, std::move(request)));
}

Task<Settlement> Filler::conclude(Question question, Task<Result<upstream::Reply>> asked) {
  auto reply = co_await std::move(asked);
  Result<int> status = reply ? Result<int>(reply->status) : std::unexpected(reply.error());
  const auto verdict =
      after_upstream(profile_->rules, *plan_, row_.get(), question, status, services_.clock.now(),
                     reply ? sameness(*plan_, row_.get(), reply->headers) : Sameness::Unknown);
  upstream::Reply answered;
  if (reply) answered = std::move(*reply);
  co_return co_await std::visit([&](const auto& one) { return carry_out(one, answered); }, verdict);
}

Task<std::optional<Settlement>> Filler::look_up_promise(upstream::Ask& request) {
  promise_ = co_await promise_of(services_, profile_, plan_);
  if (plan_->elsewhere && !lead_to(promise_, *profile_, request)) co_return Refusal{404, {}};
  co_return std::nullopt;
}

Task<Settlement> Filler::carry_out(const AskNext& verdict, upstream::Reply& reply) {
  reply = upstream::Reply();
  co_return co_await ask(verdict.question);
}

Task<Settlement> Filler::carry_out(const Renewed& verdict, upstream::Reply& reply) {
  co_return co_await renew(verdict.expires_at, &reply.headers, Outcome::Revalidated);
}

Task<Settlement> Filler::carry_out(const ServeStale& verdict, upstream::Reply&) {
  if (is_asked_early()) co_return co_await serve_or_fetch(outcome_of_stored(*row_));
  co_return co_await renew(verdict.expires_at, nullptr, Outcome::Stale);
}

Task<Settlement> Filler::carry_out(const PassOn& verdict, upstream::Reply& reply) {
  const auto now = services_.clock.now();
  if (verdict.ends_copy) co_await erase();
  auto refusal = make_refusal(verdict.status, reply.headers, now, profile_->quota_headers);
  const auto keep = profile_->rules.ttl.negative_ttl;
  const bool absent = (verdict.status == 404 || verdict.status == 410) && !profile_->ended.load();
  if (absent && keep > Seconds{0}) services_.refused.put(fill_->key(), refusal, now + keep);
  co_return refusal;
}

Task<Settlement> Filler::carry_out(const Error& verdict, upstream::Reply&) {
  co_return verdict;
}

// `headers`: of the 304, whose validators replace the stored ones (RFC 9111 section 4.3.4).
Task<Settlement> Filler::renew(Time expires_at, const http::Headers* headers, Outcome outcome) {
  auto row = std::make_shared<catalog::Row>(*row_);
  row->expires_at = expires_at;
  row->stale = outcome == Outcome::Stale;
  catalog::Renew change{row->repository, row->key, std::nullopt, expires_at, {}, {}, {}, {}, row->stale};
  if (headers != nullptr) {
    row->requested_at = services_.clock.now();
    change.requested_at = row->requested_at;
    if (const auto etag = headers->get("ETag")) change.upstream_etag = row->upstream_etag = *etag;
    if (const auto date = headers->get("Last-Modified")) change.last_modified = row->last_modified = *date;
  }
  auto slot = co_await services_.commit_slots.take(runtime::kNoDeadline);
  row_ = std::move(row);
  const auto ticket = services_.recent.remember(fill_->key(), row_);
  services_.committer.enqueue(Commit{std::move(change), std::nullopt, fill_->key(), ticket, std::move(slot)});
  co_return co_await serve_or_fetch(outcome);
}

Task<> Filler::erase() {
  auto slot = co_await services_.commit_slots.take(runtime::kNoDeadline);
  const auto ticket = services_.recent.remember(fill_->key(), nullptr);
  catalog::Erase change{row_->repository, row_->key, std::nullopt};
  services_.committer.enqueue(Commit{std::move(change), std::nullopt, fill_->key(), ticket, std::move(slot)});
  services_.hot.kill(fill_->key());
  row_ = nullptr;
}

void Filler::keep_in_memory(const Whole& whole, std::optional<std::uint64_t> kills) {
  auto ready =
      make_ready(whole.row, whole.bytes, whole.file, plan_->path, services_.clock.now(), *plan_->head);
  if (plan_->suits != nullptr) {
    ready->audience = std::make_unique<const Audience>(Audience{.suits = plan_->suits, .host = {}});
  }
  services_.hot.insert(fill_->key(), std::move(ready), {.ended = &profile_->ended, .kills = kills});
}

}  // namespace artifactapi::cache
