// The part of a fill that takes a body in: receive, verify, publish.
#include "cache/artifact_head.h"
#include "cache/asking.h"
#include "cache/by_digest.h"
#include "cache/filler.h"
#include "cache/intake.h"

#include <fmt/format.h>

#include <utility>

namespace artifactapi::cache {

using runtime::Task;

namespace {

// So long are a key's bodies passed through without asking whether they could be stored now.
constexpr Seconds kUnstorableFor{120};

// Kept in memory for as long as the fill takes.
constexpr std::size_t kMostShownAtOnce = std::size_t{16} << 10;

bool is_storage_failure(Code code) {
  return code == Code::NoSpace || code == Code::Io;
}

}  // namespace

Task<Settlement> Filler::carry_out(const Store& verdict, upstream::Reply& reply) {
  const auto draft = std::make_shared<catalog::Row>(draft_row(profile_->name, *plan_, reply.status,
                                                              reply.headers, reply.length, reply.requested_at,
                                                              reply.received_at, verdict.expires_at));
  if (is_unsuitable(*plan_, *draft)) co_return unsuitable(verdict.expires_at);
  // What only a close ends cannot be known to be whole.
  if (!reply.framed) co_return hand_over(reply, draft, {});
  if (auto refused = too_large(reply.length.value_or(0))) co_return std::move(*refused);
  const auto promised = promised_digest(*plan_, reply.headers);
  Intake intake(services_, reply.length);
  if (promise_) intake.compare_with(*promise_);
  fill_->set_transfer(reply.transfer.get());
  auto failure = co_await receive(reply, intake, draft);
  fill_->set_transfer(nullptr);
  if (failure) co_return co_await not_taken_in(std::move(*failure), intake, reply, draft);
  const auto digest = intake.finish();
  bool as_promised = !promised || digest == *promised;
  if (as_promised && !intake.agrees()) as_promised = co_await promised_by_now(intake, digest);
  if (!as_promised) co_return co_await not_taken_in(contradicted(), intake, reply, draft);
  co_return verified(intake, draft, digest);
}

// Not asked again until the answer would have run out.
Settlement Filler::unsuitable(Time expires_at) {
  Refusal refusal{kNotAcceptable, {}};
  if (!profile_->ended.load()) services_.refused.put(fill_->key(), refusal, expires_at);
  return refusal;
}

Task<std::optional<Error>> Filler::receive(upstream::Reply& reply, Intake& intake, const RowPtr& draft) {
  fill_->announce(draft, reply.length);
  while (!reply.transfer->ended()) {
    auto here = reply.transfer->next_at_once();
    auto chunk = here ? Result<std::string>(std::move(*here)) : co_await reply.transfer->next();
    if (!chunk) co_return chunk.error();
    if (chunk->empty()) break;
    profile_->counters.received_bytes.inc(chunk->size());
    if (auto refused = too_large(intake.received() + chunk->size())) co_return refused;
    // Readers wait, on this loop too: they get the first bytes before anything else is done.
    if (intake.received() == 0 && intake.is_sure_of_room()) {
      fill_->open(std::string_view(*chunk).substr(0, kMostShownAtOnce));
      co_await runtime::Bell::after_woken();
    }
    if (intake.take_small(*chunk)) continue;
    const auto appended = co_await intake.append(std::move(*chunk));
    if (!appended) co_return appended.error();
    const bool unseen = fill_->phase() == Fill::Phase::Asking;
    fill_->received(intake.received(), intake.file());
    if (unseen) co_await runtime::Bell::after_woken();
  }
  if (reply.length && *reply.length != intake.received()) {
    co_return Error{Code::Cut, "upstream's body ended before its announced length"};
  }
  co_return std::nullopt;
}

Task<Settlement> Filler::not_taken_in(Error failure, Intake& intake, upstream::Reply& reply, RowPtr draft) {
  const bool seen_by_readers = fill_->phase() == Fill::Phase::Growing;
  if (is_storage_failure(failure.code)) {
    services_.log.warning("artifact cannot be stored, passing it through",
                          {{"remote", profile_->name}, {"path", plan_->path}, {"error", failure.message}});
    services_.unstorable.put(fill_->key(), true, services_.clock.now() + kUnstorableFor);
    if (seen_by_readers) co_return failure;
    if (!intake.whole_in_memory()) co_return Unstorable{};
    co_return hand_over(reply, std::move(draft), intake.take_memory());
  }
  if (seen_by_readers) co_return failure;
  // No reader has seen a byte of the new body: the old one may still do.
  const auto verdict = after_upstream(profile_->rules, *plan_, row_.get(), Question::Get,
                                      std::unexpected(std::move(failure)), services_.clock.now());
  upstream::Reply none;
  co_return co_await std::visit([&](const auto& one) { return carry_out(one, none); }, verdict);
}

Settlement Filler::hand_over(upstream::Reply& reply, RowPtr draft, std::string prefix) {
  auto expected = expected_bytes(promised_digest(*plan_, reply.headers), promise_);
  fill_->handover.emplace(std::move(draft), std::move(reply), std::move(prefix), std::move(expected));
  return Unstorable{};
}

std::optional<Error> Filler::too_large(std::uint64_t bytes) const {
  if (plan_->most_bytes == 0 || bytes <= plan_->most_bytes) return std::nullopt;
  return Error{Code::BadPeer,
               fmt::format("upstream's answer is larger than the {} bytes allowed", plan_->most_bytes)};
}

// The draft becomes the row, unless readers have it already.
Settlement Filler::verified(Intake& intake, std::shared_ptr<catalog::Row> draft, const Digest& digest) {
  const bool unseen = fill_->phase() == Fill::Phase::Asking;
  auto row = unseen ? std::move(draft) : std::make_shared<catalog::Row>(*draft);
  row->size = intake.received();
  row->digest = digest;
  // The tag of a small body goes out only now; a larger one's head has left.
  if (plan_->head->etag_is_digest && !intake.spooled()) row->etag = digest_etag(row->digest);
  Whole whole{std::move(row), nullptr, nullptr, Outcome::Miss};
  if (intake.spooled()) {
    whole.file = intake.file();
    spool_ = intake.take_spool();
  } else {
    whole.bytes = std::make_shared<const std::string>(intake.take_memory());
  }
  fresh_ = true;
  return whole;
}

bool Filler::store_at_once(const Whole& whole) {
  if (plan_->promised) return false;
  auto slot = services_.commit_slots.try_take();
  return slot && hold(whole, slot);
}

Task<> Filler::store(Whole whole) {
  auto slot = services_.commit_slots.try_take();
  if (!slot) slot = co_await services_.commit_slots.take(runtime::kNoDeadline);
  if (!hold(whole, slot)) {
    auto published = co_await publish(whole);
    if (!published) {
      services_.counters.commit_failures.inc();
      services_.log.warning(
          "artifact was served but not stored",
          {{"remote", profile_->name}, {"path", plan_->path}, {"error", published.error().message}});
      co_return;
    }
    enter(whole, *published, std::move(slot));
  }
  if (plan_->promised) co_await commit_announced(services_, profile_, whole.row);
}

// A small body is on its way to the disk as soon as it is held; the loop need not wait for a thread.
bool Filler::hold(const Whole& whole, runtime::Slots::Slot& slot) {
  if (spool_ || whole.bytes->size() > kSentFromMemory) return false;
  if (!services_.blobs.hold(whole.bytes, whole.row->digest)) return false;
  enter(whole, services_.recent.remember(fill_->key(), whole.row), std::move(slot));
  return true;
}

void Filler::enter(const Whole& whole, std::uint64_t ticket, runtime::Slots::Slot slot) {
  // A small one is kept in memory from the second use on: a pass over many must not cost memory that none of
  // them will earn.
  if (row_ || !whole.bytes || fill_->asked_again()) keep_in_memory(whole, std::nullopt);
  catalog::Put change(whole.row);
  services_.committer.enqueue(
      Commit{std::move(change), whole.row->digest, fill_->key(), ticket, std::move(slot)});
  if (!plan_->by_digest.empty()) commit_row(services_, row_by_digest(*plan_, *whole.row), {});
}

Task<Result<std::uint64_t>> Filler::publish(Whole& whole) {
  std::uint64_t ticket = 0;
  const auto& digest = whole.row->digest;
  auto enter = [&] { ticket = services_.recent.remember(fill_->key(), whole.row); };
  auto to_disk = [&]() -> Result<std::shared_ptr<const File>> {
    if (spool_) return services_.blobs.publish(std::move(spool_), digest, enter);
    auto kept = services_.blobs.publish_bytes(*whole.bytes, digest, enter);
    if (!kept && kept.error().code == Code::NoSpace && services_.evictor.make_room(whole.bytes->size())) {
      kept = services_.blobs.publish_bytes(*whole.bytes, digest, enter);
    }
    if (!kept) return std::unexpected(kept.error());
    if (whole.bytes->size() <= kSentFromMemory) return nullptr;
    return services_.blobs.open(digest, whole.bytes->size());
  };
  auto published = co_await runtime::offload(services_.pool, to_disk);
  if (!published) co_return std::unexpected(published.error());
  if (*published) {
    whole.file = std::move(*published);
    whole.bytes = nullptr;
  }
  co_return ticket;
}

}  // namespace artifactapi::cache
