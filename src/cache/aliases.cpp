#include "cache/aliases.h"

#include "http/accept_encoding.h"

#include <algorithm>
#include <utility>

namespace artifactapi::cache {

namespace {

bool may_be_given(const Ready& ready, Time now) {
  return ready.alive.load(std::memory_order_acquire) && now < ready.expires_at &&
         !(ready.file && ready.file->spoilt());
}

// What an answer is sent and logged from lies in several places: asked for together, they are in the
// processor's cache when their turn comes.
void prefetch(const Ready& ready) {
  constexpr std::size_t kLine = 64;
  const char* head = ready.head.data();
  __builtin_prefetch(ready.body.get());
  for (std::size_t at = 0; at < ready.head.size(); at += kLine) __builtin_prefetch(head + at);
  __builtin_prefetch(ready.path.data());
  __builtin_prefetch(ready.repository.data());
}

ReadyPtr used(ReadyPtr ready) {
  prefetch(*ready);
  if (!ready->used.load(std::memory_order_relaxed)) ready->used.store(true, std::memory_order_relaxed);
  return ready;
}

bool is_for(const Ready& ready, const http::HeadSummary& head) {
  return ready.audience == nullptr || is_for(*ready.audience, ready.row->content_type, head);
}

}  // namespace

bool is_for(const Audience& audience, std::string_view content_type, const http::HeadSummary& head) {
  if (!audience.host.empty() && (head.host != audience.host || head.has_forwarded)) return false;
  if (audience.suits != nullptr && !audience.suits(head.accept, content_type)) return false;
  switch (audience.coding) {
    case Audience::Coding::Any: return true;
    case Audience::Coding::Gzip: return http::accepts_gzip(head.accept_encoding);
    case Audience::Coding::NotGzip: return !http::accepts_gzip(head.accept_encoding);
  }
  return false;
}

ReadyPtr Aliases::find(const http::HeadSummary& head, Time now) {
  const auto found = by_target_.find(head.target);
  if (found == by_target_.end()) return nullptr;
  const auto& alias = found->second;
  auto ready = alias.first.lock();
  bool any_alive = ready && may_be_given(*ready, now);
  if (any_alive && is_for(*ready, head)) return used(std::move(ready));
  if (alias.others) {
    if (auto other = find_other(*alias.others, head, now, any_alive)) return used(std::move(other));
  }
  if (any_alive) return nullptr;
  bytes_ -= found->first.size();
  by_target_.erase(found);
  return nullptr;
}

ReadyPtr Aliases::find_other(const Others& others, const http::HeadSummary& head, Time now, bool& any_alive) {
  for (const auto& other : others) {
    auto ready = other.lock();
    if (!ready || !may_be_given(*ready, now)) continue;
    any_alive = true;
    if (is_for(*ready, head)) return ready;
  }
  return nullptr;
}

void Aliases::remember(std::string_view target, const ReadyPtr& ready) {
  if (by_target_.size() >= kMost || bytes_ >= kMostBytes) {
    by_target_.clear();
    bytes_ = 0;
  }
  const auto [place, added] = by_target_.try_emplace(std::string(target));
  if (added) bytes_ += place->first.size();
  if (ready->audience == nullptr) {
    place->second = Alias{ready, nullptr};
  } else {
    add(place->second, ready);
  }
}

// In the place of one that has ended; if there is none, of the one that came first among the others.
void Aliases::add(Alias& alias, const ReadyPtr& ready) {
  const auto is_ended = [](const Weak& weak) {
    const auto one = weak.lock();
    return !one || !one->alive.load(std::memory_order_acquire);
  };
  const auto is_it = [&ready](const Weak& weak) { return weak.lock() == ready; };
  if (is_it(alias.first)) return;
  if (is_ended(alias.first)) {
    alias.first = ready;
    return;
  }
  if (!alias.others) alias.others = std::make_unique<Others>();
  auto& others = *alias.others;
  if (std::ranges::any_of(others, is_it)) return;
  auto place = std::ranges::find_if(others, is_ended);
  if (place == others.end()) {
    std::ranges::rotate(others, others.begin() + 1);
    place = others.end() - 1;
  }
  *place = ready;
}

}  // namespace artifactapi::cache
