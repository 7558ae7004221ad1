#include "cache/contradictions.h"

#include "cache/disk_read.h"
#include "cache/promise_check.h"
#include "upstream/origin.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace artifactapi::cache {

using runtime::Task;

namespace {

// Equal promises of two documents are told by a hash: a collision leaves one stored file as it was.
std::size_t hash_of(std::string_view file, const formats::Promise& promise) {
  const auto digest = std::hash<std::string_view>{}(promise.digest);
  return std::hash<std::string_view>{}(file) ^ (digest * 0x9E3779B97F4A7C15ULL);
}

class Noted final : public formats::PromiseSink {
 public:
  void take(std::string_view file, const formats::Promise& promise) override {
    seen_.insert(hash_of(file, promise));
  }
  [[nodiscard]] bool has(std::string_view file, const formats::Promise& promise) const {
    return seen_.contains(hash_of(file, promise));
  }

 private:
  std::unordered_set<std::size_t> seen_;
};

// In the pool: blocks.
class Comparison final : public formats::PromiseSink {
 public:
  Comparison(CacheServices& services, const RemoteProfile& profile, const Noted& before)
      : services_(services), profile_(profile), before_(before) {}

  void take(std::string_view file, const formats::Promise& promise) override {
    if (before_.has(file, promise)) return;
    // What a fill leaves comes after what would be decided now.
    if (auto fill = services_.fills.find(cache_key(profile_.name, file))) {
      coming.push_back({std::string(file), promise, std::move(fill)});
    } else {
      compare(std::string(file), promise);
    }
  }

  void compare(const std::string& file, const formats::Promise& promise) {
    const auto row = stored(file);
    if (row && contradicts(*row, promise)) contradicted.push_back(row);
  }

  std::vector<RowPtr> contradicted;
  std::vector<Anew> coming;  // not compared yet

 private:
  [[nodiscard]] RowPtr stored(const std::string& key) const {
    if (const auto recent = services_.recent.find(cache_key(profile_.name, key))) return recent->row;
    auto found = services_.catalog.find(profile_.name, key);
    if (!found || !*found) return nullptr;
    return std::make_shared<const catalog::Row>(std::move(**found));
  }

  // What cannot be read is no business of this.
  [[nodiscard]] bool contradicts(const catalog::Row& row, const formats::Promise& promise) const {
    if (const auto kept = kept_by(row.digest, promise)) return !*kept;
    const auto file = services_.blobs.open(row.digest, row.size);
    if (!file) return false;
    PromiseCheck check(promise);
    const auto take = [&check](std::string_view bytes) { check.update(bytes); };
    return read_file(**file, row.size, take) && !check.kept();
  }

  CacheServices& services_;
  const RemoteProfile& profile_;
  const Noted& before_;
};

// Blocks. Does nothing when the document's bytes are gone.
void read_promises(CacheServices& services, const RemoteProfile& profile, const formats::Plan& plan,
                   const catalog::Row& document, formats::PromiseSink& sink) {
  const auto file = services.blobs.open(document.digest, document.size);
  if (!file) return;
  const auto bytes = read_file(**file, document.size);
  if (!bytes) return;
  const auto& base = profile.origin->base;
  const auto url = http::parse_url(plan.absolute).value_or(upstream::url_below(base, plan.asked()));
  plan.each_promise({*bytes, document.content_type, url, base, {}, {}}, sink);
}

Task<> let_go(CacheServices& services, RowPtr row) {
  auto slot = co_await services.commit_slots.take(runtime::kNoDeadline);
  const auto key = cache_key(row->repository, row->key);
  const auto ticket = services.recent.remember(key, nullptr);
  catalog::Erase change{row->repository, row->key, std::nullopt};
  services.committer.enqueue(Commit{std::move(change), std::nullopt, key, ticket, std::move(slot)});
  services.hot.kill(key);
}

Task<> let_go(CacheServices& services, ProfilePtr profile, std::vector<RowPtr> rows) {
  for (const auto& row : rows) {
    profile->counters.contradicted.inc();
    services.log.warning("a stored artifact is not what its document promises; it will be fetched again",
                         {{"remote", profile->name}, {"path", row->key}});
    co_await let_go(services, row);
  }
}

}  // namespace

Task<> compare_later(CacheServices& services, ProfilePtr profile, std::vector<Anew> coming) {
  const Noted nothing;
  for (const auto& one : coming) {
    co_await one.fill->gone();
    auto compare = [&] {
      Comparison comparison(services, *profile, nothing);
      comparison.compare(one.file, one.promise);
      return std::move(comparison.contradicted);
    };
    auto rows = co_await runtime::offload(services.pool, compare);
    co_await let_go(services, profile, std::move(rows));
  }
}

Task<std::vector<Anew>> drop_contradicted(CacheServices& services, ProfilePtr profile, formats::PlanPtr plan,
                                          RowPtr now, RowPtr before) {
  if (before && before->digest == now->digest) co_return std::vector<Anew>{};
  std::vector<Anew> coming;
  auto compare = [&] {
    Noted noted;
    if (before) read_promises(services, *profile, *plan, *before, noted);
    Comparison comparison(services, *profile, noted);
    read_promises(services, *profile, *plan, *now, comparison);
    coming = std::move(comparison.coming);
    return std::move(comparison.contradicted);
  };
  auto rows = co_await runtime::offload(services.pool, compare);
  co_await let_go(services, profile, std::move(rows));
  // A settled one has answered and is being stored: that takes no longer than a disk does.
  const auto grows = [](const Anew& one) { return one.fill->phase() != Fill::Phase::Settled; };
  const auto settled = std::partition(coming.begin(), coming.end(), grows);
  co_await compare_later(services, profile, {settled, coming.end()});
  coming.erase(settled, coming.end());
  co_return coming;
}

}  // namespace artifactapi::cache
