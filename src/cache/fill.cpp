#include "cache/fill.h"

#include <algorithm>
#include <utility>

namespace artifactapi::cache {

using runtime::Task;

namespace {

// A fill that nobody waits for any more is finished all the same when little is missing.
constexpr std::uint64_t kFinishAnyway = 16ULL << 20U;
constexpr std::chrono::seconds kGrace{5};

}  // namespace

Task<bool> Fill::answered() const {
  return bell_.wait_until([this] { return phase() != Phase::Asking; });
}

Task<bool> Fill::moved_beyond(std::uint64_t position, runtime::Deadline deadline) const {
  auto moved = [this, position] { return phase() == Phase::Settled || visible() > position; };
  return bell_.wait_until(moved, deadline);
}

Task<bool> Fill::settled() const {
  return bell_.wait_until([this] { return phase() == Phase::Settled; });
}

Task<bool> Fill::gone() const {
  return bell_.wait_until([this] { return gone_.load(std::memory_order_seq_cst); });
}

void Fill::leave() {
  gone_.store(true, std::memory_order_seq_cst);
  bell_.ring();
}

void Fill::announce(RowPtr draft, std::optional<std::uint64_t> length) {
  draft_ = std::move(draft);
  length_ = length;
  opening_.clear();
  file_ = nullptr;
}

void Fill::open(std::string_view opening) {
  opening_ = opening;
  show(opening_.size());
}

void Fill::received(std::uint64_t bytes, const std::shared_ptr<const File>& file) {
  if (!file_) file_ = file;
  show(bytes);
}

void Fill::show(std::uint64_t bytes) {
  visible_.store(bytes - 1, std::memory_order_seq_cst);
  // Only with a first byte to send does the head go out: a failure before that is still a clean answer.
  if (phase() == Phase::Asking && bytes > 1) phase_.store(Phase::Growing, std::memory_order_seq_cst);
  bell_.ring();
}

void Fill::settle(Settlement settlement) {
  settlement_ = std::move(settlement);
  phase_.store(Phase::Settled, std::memory_order_seq_cst);
  bell_.ring();
}

Fill::Interest::Interest(std::shared_ptr<Fill> fill) : fill_(std::move(fill)) {
  fill_->readers_.fetch_add(1, std::memory_order_seq_cst);
}

Fill::Interest::~Interest() {
  fill_->unwanted_since_.store(Steady::now().time_since_epoch().count(), std::memory_order_seq_cst);
  fill_->readers_.fetch_sub(1, std::memory_order_seq_cst);
}

bool Fill::worth_finishing() const {
  if (!length_) return false;
  const auto missing = *length_ - std::min(*length_, visible());
  return missing <= kFinishAnyway || missing <= *length_ / 4;
}

void Fill::give_up_if_unwanted(Steady::time_point now) {
  if (phase() != Phase::Growing || readers_.load(std::memory_order_seq_cst) > 0) return;
  const Steady::time_point since(Steady::duration(unwanted_since_.load(std::memory_order_seq_cst)));
  if (now - since < kGrace || worth_finishing()) return;
  home_.post([self = shared_from_this()] {
    // Somebody may have come since.
    const bool unwanted = self->readers_.load(std::memory_order_seq_cst) == 0;
    if (self->transfer_ != nullptr && unwanted) self->transfer_->cancel();
  });
}

Task<Progress> FillFollower::progress(std::uint64_t position, runtime::Deadline deadline) {
  auto& fill = interest_.fill();
  co_await fill.moved_beyond(position, deadline);
  // The phase is read first: what was visible when it was still Growing is good whatever comes after.
  const bool over = fill.phase() == Fill::Phase::Settled;
  if (!over) co_return Progress{fill.visible(), Stream::More};
  const auto* whole = std::get_if<Whole>(&fill.settlement());
  if (whole == nullptr) co_return Progress{fill.visible(), Stream::Broken};
  co_return Progress{whole->row->size, Stream::End};
}

}  // namespace artifactapi::cache
