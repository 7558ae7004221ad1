#include "cache/asking.h"

namespace artifactapi::cache {

upstream::Ask make_ask(const formats::Plan& plan, Question question, const catalog::Row* row) {
  upstream::Ask ask;
  ask.target = plan.asked();
  if (!plan.absolute.empty()) {
    if (auto url = http::parse_url(plan.absolute)) ask.absolute = std::move(*url);
  }
  ask.scope = plan.scope;
  if (!plan.accept.empty()) ask.headers.set("Accept", plan.accept);
  switch (question) {
    case Question::Get: return ask;
    case Question::DigestHead: ask.method = upstream::Method::Head; return ask;
    case Question::ConditionalHead: ask.method = upstream::Method::Head; break;
    case Question::ConditionalGet: break;
  }
  if (row == nullptr) return ask;
  if (!row->upstream_etag.empty()) ask.headers.set("If-None-Match", row->upstream_etag);
  if (!row->last_modified.empty()) ask.headers.set("If-Modified-Since", row->last_modified);
  return ask;
}

bool is_unsuitable(const formats::Plan& plan, const catalog::Row& draft) {
  return plan.must_suit && plan.suits != nullptr && !plan.suits(plan.accept, draft.content_type);
}

std::optional<Digest> promised_digest(const formats::Plan& plan, const http::Headers& upstream) {
  if (plan.promised) return plan.promised;
  if (plan.head->digest_field.empty()) return std::nullopt;
  return formats::parse_sha256(upstream.get(plan.head->digest_field).value_or(""));
}

std::optional<formats::Promise> expected_bytes(const std::optional<Digest>& digest,
                                               const std::optional<formats::Promise>& promise) {
  if (digest) {
    const auto& raw = digest->bytes();
    return formats::Promise{formats::DigestAlgorithm::Sha256, std::string(raw.begin(), raw.end()), {}};
  }
  if (promise && !promise->digest.empty()) return promise;
  return std::nullopt;
}

Sameness sameness(const formats::Plan& plan, const catalog::Row* row, const http::Headers& upstream) {
  if (row == nullptr) return Sameness::Unknown;
  const auto digest = promised_digest(plan, upstream);
  if (!digest) return Sameness::Unknown;
  return *digest == row->digest ? Sameness::Same : Sameness::Moved;
}

}  // namespace artifactapi::cache
