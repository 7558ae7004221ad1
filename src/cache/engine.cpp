#include "cache/engine.h"

#include "cache/artifact_head.h"
#include "cache/asking.h"
#include "cache/by_digest.h"
#include "cache/filler.h"
#include "cache/promises.h"
#include "cache/relay.h"
#include "http/upstream_response.h"

#include <utility>

namespace artifactapi::cache {

using runtime::Task;

namespace {

// Who finds a fill over or given up looks again so many times, and then asks upstream for itself.
constexpr int kMostAttempts = 10;

Answer remembered_answer(Remembered remembered) {
  return std::visit([](auto& one) -> Answer { return std::move(one); }, remembered);
}

Task<Answer> at_once(Answer answer) {
  co_return answer;
}

bool was_given_up(const Fill& fill) {
  if (fill.phase() != Fill::Phase::Settled) return false;
  const auto* error = std::get_if<Error>(&fill.settlement());
  return error != nullptr && error->code == Code::Cancelled;
}

bool is_unstorable(const Fill& fill) {
  return fill.phase() == Fill::Phase::Settled && std::holds_alternative<Unstorable>(fill.settlement());
}

Relayed relayed(CacheServices& services, const ProfilePtr& profile, Handover handover) {
  Relayed answer{std::move(handover.draft), handover.reply.length, nullptr};
  answer.relay = std::make_shared<UpstreamRelay>(std::move(handover.reply), std::move(handover.prefix));
  if (handover.promise) {
    answer.relay =
        std::make_shared<VerifiedRelay>(std::move(answer.relay), *handover.promise, profile, services.pool);
  }
  return answer;
}

}  // namespace

std::optional<Stored> Engine::from_memory(const std::string& key, Time now) {
  auto ready = services_.hot.find(key);
  if (!ready || now >= ready->row->expires_at) return std::nullopt;
  ready->last_access.store(now.time_since_epoch().count(), std::memory_order_relaxed);
  return Stored{ready->row, ready->body, ready->file, ready->outcome, ready};
}

Task<Answer> Engine::get(ProfilePtr profile, formats::PlanPtr plan) {
  auto key = cache_key(profile->name, plan->key);
  if (auto stored = from_memory(key, services_.clock.now())) return at_once(std::move(*stored));
  return fetch(std::move(profile), std::move(plan), std::move(key));
}

Task<Answer> Engine::fetch(ProfilePtr profile, formats::PlanPtr plan, std::string key) {
  for (int attempt = 0; attempt < kMostAttempts; ++attempt) {
    const auto now = services_.clock.now();
    if (attempt > 0) {
      if (auto stored = from_memory(key, now)) co_return std::move(*stored);
    }
    if (auto refused = services_.refused.find(key, now)) co_return remembered_answer(std::move(*refused));
    // A copy from before stays in play, stale or ended: that is a fill's business.
    const bool passes = services_.unstorable.find(key, now) && co_await has_no_copy(profile, plan);
    if (passes) break;
    const auto [fill, created] = join(profile, plan, key);
    const Fill::Interest interest(fill);
    if (!created && fill->phase() == Fill::Phase::Settled) {
      // All of it is here, but a look-up may not find it yet.
      if (auto stored = stored_by(*fill)) co_return std::move(*stored);
      co_await fill->gone();
      continue;
    }
    co_await fill->answered();
    if (!created && was_given_up(*fill)) continue;
    if (!is_unstorable(*fill)) co_return answer_of(fill);
    // The one who began it is on the home loop and takes over what upstream sent.
    if (created && fill->handover) co_return relayed(services_, profile, std::move(*fill->handover));
    break;
  }
  co_return co_await pass_through(profile, plan);
}

Task<bool> Engine::has_no_copy(ProfilePtr profile, formats::PlanPtr plan) {
  const auto copy = co_await stored_row(services_, profile->name, plan->key);
  co_return !copy || *copy == nullptr;
}

FillTable::Joined Engine::join(const ProfilePtr& profile, const formats::PlanPtr& plan,
                               const std::string& key) {
  auto joined = services_.fills.join(key);
  if (joined.created) {
    fills_.spawn(*runtime::Loop::current(), Filler::run(services_, joined.fill, profile, plan));
  } else {
    profile->counters.fills_joined.inc();
  }
  return joined;
}

std::optional<Stored> Engine::stored_by(const Fill& settled) const {
  const auto* whole = std::get_if<Whole>(&settled.settlement());
  if (whole == nullptr || services_.clock.now() >= whole->row->expires_at) return std::nullopt;
  return Stored{whole->row, whole->bytes, whole->file, outcome_of_stored(*whole->row), nullptr};
}

Answer Engine::answer_of(const std::shared_ptr<Fill>& fill) {
  if (fill->phase() == Fill::Phase::Growing) return Growing{fill, std::make_shared<FillFollower>(fill)};
  const auto& settlement = fill->settlement();
  if (const auto* refusal = std::get_if<Refusal>(&settlement)) return *refusal;
  if (const auto* error = std::get_if<Error>(&settlement)) return *error;
  const auto& whole = std::get<Whole>(settlement);
  Stored stored{whole.row, whole.bytes, whole.file, whole.outcome, nullptr};
  if (whole.outcome == outcome_of_stored(*whole.row)) stored.ready = services_.hot.find(fill->key());
  return stored;
}

Task<Answer> Engine::pass_through(ProfilePtr profile, formats::PlanPtr plan) {
  auto request = make_ask(*plan);
  const auto promise = co_await promise_of(services_, profile, plan);
  if (plan->elsewhere && !lead_to(promise, *profile, request)) co_return Refusal{404, {}};
  auto reply = co_await services_.upstream.ask(profile->origin, std::move(request));
  Result<int> status = reply ? Result<int>(reply->status) : std::unexpected(reply.error());
  const auto verdict =
      after_upstream(profile->rules, *plan, nullptr, Question::Get, status, services_.clock.now());
  if (const auto* error = std::get_if<Error>(&verdict)) co_return *error;
  if (const auto* pass_on = std::get_if<PassOn>(&verdict)) {
    co_return make_refusal(pass_on->status, reply->headers, services_.clock.now(), profile->quota_headers);
  }
  auto row =
      draft_row(profile->name, *plan, reply->status, reply->headers, reply->length, reply->requested_at,
                reply->received_at, expiry(profile->rules, *plan, reply->received_at));
  if (is_unsuitable(*plan, row)) co_return Refusal{kNotAcceptable, {}};
  RowPtr draft = std::make_shared<const catalog::Row>(std::move(row));
  auto expected = expected_bytes(promised_digest(*plan, reply->headers), promise);
  Handover handover{std::move(draft), std::move(*reply), {}, std::move(expected)};
  co_return relayed(services_, profile, std::move(handover));
}

Task<Answer> Engine::head(ProfilePtr profile, formats::PlanPtr plan) {
  auto key = cache_key(profile->name, plan->key);
  if (auto stored = from_memory(key, services_.clock.now())) return at_once(std::move(*stored));
  return look_up_or_describe(std::move(profile), std::move(plan), std::move(key));
}

Task<Answer> Engine::look_up_or_describe(ProfilePtr profile, formats::PlanPtr plan, std::string key) {
  const auto now = services_.clock.now();
  if (auto refused = services_.refused.find(key, now)) co_return remembered_answer(std::move(*refused));
  if (const auto fill = services_.fills.find(key)) {
    // Its answer has the entity tag that the artifact will have.
    co_await fill->answered();
    if (fill->phase() == Fill::Phase::Growing) co_return Described{fill->draft(), fill->length()};
    const auto* whole = std::get_if<Whole>(&fill->settlement());
    if (whole != nullptr && now < whole->row->expires_at) {
      co_return Stored{whole->row, nullptr, nullptr, outcome_of_stored(*whole->row), nullptr};
    }
  }
  auto row = co_await stored_row(services_, profile->name, plan->key);
  const RowPtr known = row ? under_rules(profile->rules, *plan, *row) : nullptr;
  const auto decision = before_upstream(profile->rules, *plan, known.get(), now);
  if (std::holds_alternative<ServeStored>(decision))
    co_return Stored{known, nullptr, nullptr, outcome_of_stored(*known), nullptr};
  co_return co_await describe(profile, plan, known);
}

Task<Answer> Engine::describe(ProfilePtr profile, formats::PlanPtr plan, RowPtr row) {
  auto request = make_ask(*plan);
  request.method = upstream::Method::Head;
  if (plan->elsewhere) {
    const auto promise = co_await promise_of(services_, profile, plan);
    if (!lead_to(promise, *profile, request)) co_return Refusal{404, {}};
  }
  auto reply = co_await services_.upstream.ask(profile->origin, std::move(request));
  Result<int> status = reply ? Result<int>(reply->status) : std::unexpected(reply.error());
  const auto verdict =
      after_upstream(profile->rules, *plan, row.get(), Question::Get, status, services_.clock.now());
  if (const auto* error = std::get_if<Error>(&verdict)) co_return *error;
  if (const auto* pass_on = std::get_if<PassOn>(&verdict)) {
    co_return make_refusal(pass_on->status, reply->headers, services_.clock.now(), profile->quota_headers);
  }
  if (std::holds_alternative<ServeStale>(verdict))
    co_return Stored{row, nullptr, nullptr, Outcome::Stale, nullptr};
  auto draft =
      draft_row(profile->name, *plan, reply->status, reply->headers, reply->length, reply->requested_at,
                reply->received_at, expiry(profile->rules, *plan, reply->received_at));
  const auto length = reply->length;
  reply = upstream::Reply();
  if (is_unsuitable(*plan, draft)) co_return Refusal{kNotAcceptable, {}};
  draft.size = length.value_or(0);
  RowPtr described = std::make_shared<const catalog::Row>(std::move(draft));
  if (!plan->by_digest.empty() && described->digest != Digest()) {
    co_await note_announced(services_, profile, plan, described);
  }
  co_return Described{described, length};
}

Task<std::optional<Relayed>> Engine::part(ProfilePtr profile, formats::PlanPtr plan, RowPtr draft,
                                          http::ByteRange range) {
  auto request = make_ask(*plan);
  request.headers.set("Range", "bytes=" + std::to_string(range.first) + "-" + std::to_string(range.last));
  request.headers.set("If-Range", draft->upstream_etag);
  if (plan->elsewhere) {
    const auto promise = co_await promise_of(services_, profile, plan);
    if (!lead_to(promise, *profile, request)) co_return std::nullopt;
  }
  auto reply = co_await services_.upstream.ask(profile->origin, std::move(request));
  if (!reply || reply->status != 206) co_return std::nullopt;
  const auto given = http::parse_content_range(reply->headers.get("Content-Range").value_or(""));
  if (!given || given->first != range.first || given->last != range.last) co_return std::nullopt;
  Relayed answer{std::move(draft), range.length(), nullptr};
  if (reply->length && *reply->length != *answer.length) co_return std::nullopt;
  answer.relay = std::make_shared<UpstreamRelay>(std::move(*reply), std::string());
  co_return answer;
}

}  // namespace artifactapi::cache
