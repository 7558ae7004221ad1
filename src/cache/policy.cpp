#include "cache/policy.h"

#include "upstream/upstream.h"

#include <fmt/format.h>

#include <algorithm>

namespace artifactapi::cache {

namespace {

constexpr Seconds kShortestStaleRetry{1};

bool has_validator(const catalog::Row& row) {
  return !row.upstream_etag.empty() || !row.last_modified.empty();
}

bool is_head(Question question) {
  return question == Question::ConditionalHead || question == Question::DigestHead;
}

// Built-in mutable files are fetched again without conditions unless the remote says `all`.
bool revalidates(const Rules& rules, const formats::Plan& plan) {
  switch (rules.updates) {
    case config::MutableUpdates::Never: return false;
    case config::MutableUpdates::UserPatterns: return !plan.builtin;
    case config::MutableUpdates::All: return true;
  }
  return false;
}

Seconds ttl_of(const Rules& rules, const formats::Plan& plan) {
  return plan.mutability == formats::Mutability::Mutable ? rules.ttl.mutable_ttl : rules.ttl.immutable_ttl;
}

ServeStale stale(const Rules& rules, const formats::Plan& plan, Time now) {
  const auto ttl = ttl_of(rules, plan);
  const auto retry = std::min(rules.ttl.stale_retry.value_or(ttl), ttl);
  return ServeStale{now + std::max(retry, kShortestStaleRetry)};
}

Error refusal_by_status(int status) {
  if (status >= 500) return Error{Code::BadPeer, fmt::format("upstream answered with status {}", status)};
  return Error{Code::BadPeer,
               fmt::format("upstream answered with status {}, which was not asked for", status)};
}

Verdict after_status(const Rules& rules, const formats::Plan& plan, const catalog::Row* row, Question asked,
                     int status, Time now, Sameness same) {
  const bool conditional = asked == Question::ConditionalGet || asked == Question::ConditionalHead;
  if (status == 304 && conditional && row != nullptr) return Renewed{expiry(rules, plan, now)};
  if (asked == Question::DigestHead && status == 200 && same != Sameness::Unknown) {
    if (same == Sameness::Same) return Renewed{expiry(rules, plan, now)};
    return AskNext{Question::Get};
  }
  if (is_head(asked)) return AskNext{Question::ConditionalGet};
  if (status == 200) return Store{expiry(rules, plan, now)};
  if (row != nullptr && rules.stale_on.contains(status)) return stale(rules, plan, now);
  if (status == 404 || status == 410) return PassOn{404, row != nullptr};
  if (status == 401 || status == 403) return PassOn{403, false};
  if (status >= 400 && status < 500) return PassOn{status, false};
  return refusal_by_status(status);
}

}  // namespace

Time expiry(const Rules& rules, const formats::Plan& plan, Time now) {
  if (plan.mutability == formats::Mutability::Mutable) return now + rules.ttl.mutable_ttl;
  return rules.ttl.immutable_ttl == Seconds{0} ? Time::max() : now + rules.ttl.immutable_ttl;
}

std::shared_ptr<const catalog::Row> under_rules(const Rules& rules, const formats::Plan& plan,
                                                std::shared_ptr<const catalog::Row> row) {
  if (!row || row->stale) return row;  // a stale copy has its own, short time
  const auto until = expiry(rules, plan, std::max(row->requested_at, row->stored_at));
  if (row->expires_at <= until) return row;
  auto shortened = std::make_shared<catalog::Row>(*row);
  shortened->expires_at = until;
  return shortened;
}

Decision before_upstream(const Rules& rules, const formats::Plan& plan, const catalog::Row* row, Time now) {
  if (row == nullptr) return AskUpstream{Question::Get};
  if (now < row->expires_at) return ServeStored{};
  const bool by_get = rules.revalidate_with == config::RevalidateWith::Get;
  if (plan.revalidate_by_digest) return AskUpstream{by_get ? Question::ConditionalGet : Question::DigestHead};
  if (!revalidates(rules, plan) || !has_validator(*row)) return AskUpstream{Question::Get};
  return AskUpstream{by_get ? Question::ConditionalGet : Question::ConditionalHead};
}

Verdict after_upstream(const Rules& rules, const formats::Plan& plan, const catalog::Row* row, Question asked,
                       const Result<int>& reply, Time now, Sameness same) {
  if (reply) return after_status(rules, plan, row, asked, *reply, now, same);
  const auto code = reply.error().code;
  if (row != nullptr && upstream::is_network_failure(code)) return stale(rules, plan, now);
  // An odd answer to a HEAD settles nothing either: some origins know GET only.
  if (is_head(asked) && code == Code::BadPeer) return AskNext{Question::ConditionalGet};
  return reply.error();
}

}  // namespace artifactapi::cache
