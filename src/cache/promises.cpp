#include "cache/promises.h"

#include "cache/disk_read.h"
#include "upstream/origin.h"

#include <utility>

namespace artifactapi::cache {

using runtime::Task;

namespace {

// Blocks.
std::optional<formats::Promise> look_up(CacheServices& services, const RemoteProfile& profile,
                                        const formats::Plan& plan, const formats::DocumentAt& at,
                                        const catalog::Row& row) {
  const auto body = read_blob(services.blobs, row, kSmallBody);
  if (!body) return std::nullopt;
  Result<std::string> read = std::string();
  if (!body->bytes) read = read_file(*body->file, row.size);
  if (!read) return std::nullopt;
  const std::string_view bytes = body->bytes ? std::string_view(*body->bytes) : *read;
  const auto& base = profile.origin->base;
  const auto url = http::parse_url(at.absolute).value_or(upstream::url_below(base, at.key));
  return plan.find_promise({bytes, row.content_type, url, base, {}, {}}, plan.key);
}

struct Found {
  std::optional<formats::Promise> promise;
  const formats::DocumentAt* document = nullptr;  // in the plan
};

Task<Found> find(CacheServices& services, ProfilePtr profile, formats::PlanPtr plan) {
  if (plan->find_promise == nullptr) co_return Found{};
  for (const auto& at : plan->promised_by) {
    const auto row = co_await stored_row(services, profile->name, at.key);
    if (!row || *row == nullptr) continue;
    auto work = [&] { return look_up(services, *profile, *plan, at, **row); };
    auto promise = co_await runtime::offload(services.pool, work);
    if (promise) co_return Found{std::move(promise), &at};
  }
  co_return Found{};
}

}  // namespace

Task<std::optional<formats::Promise>> promise_of(CacheServices& services, ProfilePtr profile,
                                                 formats::PlanPtr plan) {
  auto found = co_await find(services, std::move(profile), std::move(plan));
  co_return std::move(found.promise);
}

Task<const formats::DocumentAt*> document_naming(CacheServices& services, ProfilePtr profile,
                                                 formats::PlanPtr plan) {
  const auto found = co_await find(services, std::move(profile), plan);
  co_return found.document;
}

bool lead_to(const std::optional<formats::Promise>& promise, const RemoteProfile& profile,
             upstream::Ask& ask) {
  if (!promise) return false;
  auto url = http::parse_url(promise->url);
  if (!url) return false;
  ask.absolute = std::move(*url);
  ask.led_from = profile.origin->base;
  return true;
}

}  // namespace artifactapi::cache
