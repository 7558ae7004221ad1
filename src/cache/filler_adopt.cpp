// The part of a fill that finds its bytes here already.
#include "cache/artifact_head.h"
#include "cache/asking.h"
#include "cache/by_digest.h"
#include "cache/filler.h"

#include <utility>

namespace artifactapi::cache {

using runtime::Task;

Task<std::optional<Settlement>> Filler::adopt() {
  const auto digest = *plan_->promised;
  auto look_up = [this, digest]() -> Result<bool> {
    if (services_.recent.refers_to(digest)) return true;
    return services_.catalog.refers_to(digest);
  };
  const auto known = co_await runtime::offload(services_.pool, look_up);
  if (!known || !*known) co_return std::nullopt;
  auto request = make_ask(*plan_);
  request.method = upstream::Method::Head;
  auto reply = co_await services_.upstream.ask(profile_->origin, std::move(request));
  if (!reply || reply->status != 200 || !reply->length) co_return std::nullopt;
  const auto named = formats::parse_sha256(reply->headers.get(plan_->head->digest_field).value_or(""));
  if (named && *named != digest) co_return std::nullopt;
  auto row = std::make_shared<catalog::Row>(draft_row(profile_->name, *plan_, reply->status, reply->headers,
                                                      reply->length, reply->requested_at, reply->received_at,
                                                      expiry(profile_->rules, *plan_, reply->received_at)));
  row->size = *reply->length;
  reply = upstream::Reply();
  // The row pins the bytes before they are looked for: they cannot leave in between.
  auto slot = co_await services_.commit_slots.take(runtime::kNoDeadline);
  row_ = std::move(row);
  const auto ticket = services_.recent.remember(fill_->key(), row_);
  const auto adopted = row_;
  auto served = co_await serve_stored(Outcome::Revalidated);
  if (!served) {
    services_.recent.forget(fill_->key(), ticket);
    co_return std::nullopt;
  }
  catalog::Put change(adopted);
  services_.committer.enqueue(Commit{std::move(change), digest, fill_->key(), ticket, std::move(slot)});
  co_await commit_announced(services_, profile_, adopted);
  co_return served;
}

}  // namespace artifactapi::cache
