#include "cache/by_digest.h"

#include "cache/artifact_head.h"

#include <memory>
#include <utility>

namespace artifactapi::cache {

using runtime::Task;

namespace {

// The announced row with the bytes that are stored.
RowPtr with_bytes_of(const catalog::Row& announced, const catalog::Row& stored) {
  auto row = std::make_shared<catalog::Row>(announced);
  row->digest = stored.digest;
  row->size = stored.size;
  return row;
}

Task<> commit_with_slot(CacheServices& services, RowPtr row) {
  auto slot = co_await services.commit_slots.take(runtime::kNoDeadline);
  services.hot.kill(cache_key(row->repository, row->key));
  commit_row(services, std::move(row), std::move(slot));
}

}  // namespace

std::string key_by_digest(const formats::Plan& plan, const catalog::Row& row) {
  if (plan.by_digest.empty()) return {};
  return plan.by_digest + formats::sha256_text(row.digest);
}

RowPtr row_by_digest(const formats::Plan& plan, const catalog::Row& row) {
  auto twin = std::make_shared<catalog::Row>(row);
  twin->key = key_by_digest(plan, row);
  twin->kind = catalog::Kind::Immutable;
  twin->builtin = false;
  twin->expires_at = Time::max();
  twin->etag = digest_etag(row.digest);
  return twin;
}

std::uint64_t commit_row(CacheServices& services, RowPtr row, runtime::Slots::Slot slot) {
  const auto key = cache_key(row->repository, row->key);
  const auto digest = row->digest;
  catalog::Put change(row);
  const auto ticket = services.recent.remember(key, std::move(row));
  services.committer.enqueue(Commit{std::move(change), digest, key, ticket, std::move(slot)});
  return ticket;
}

bool makes_others_known(CacheServices& services, const formats::Plan& plan, const std::string& key) {
  if (!plan.by_digest.empty()) return true;
  // Who read a document may ask at once for a file that only it knows the place of.
  if (plan.render != nullptr || plan.each_promise != nullptr) return true;
  return plan.promised && services.announced.find(key, services.clock.now()).has_value();
}

Task<> note_announced(CacheServices& services, ProfilePtr profile, formats::PlanPtr plan, RowPtr described) {
  const auto key = key_by_digest(*plan, *described);
  const auto stored = co_await stored_row(services, profile->name, key);
  if (stored && *stored && (*stored)->digest == described->digest) {
    auto row = with_bytes_of(*described, **stored);
    co_await commit_with_slot(services, std::move(row));
    co_return;
  }
  const auto until = services.clock.now() + kAnnouncedFor;
  services.announced.put(cache_key(profile->name, key), std::move(described), until);
}

Task<> commit_announced(CacheServices& services, ProfilePtr profile, RowPtr stored) {
  const auto key = cache_key(profile->name, stored->key);
  const auto announced = services.announced.find(key, services.clock.now());
  if (!announced || (*announced)->digest != stored->digest) co_return;
  auto row = with_bytes_of(**announced, *stored);
  co_await commit_with_slot(services, std::move(row));
  services.announced.put(key, *announced, Time{});
}

}  // namespace artifactapi::cache
