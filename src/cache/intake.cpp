#include "cache/intake.h"

#include "cache/disk_read.h"

#include <memory>
#include <utility>

namespace artifactapi::cache {

using runtime::Task;

namespace {

constexpr std::size_t kHashedAtOnce = std::size_t{128} << 10;

}  // namespace

// Unlinking may block, so a spool that was not published ends in the pool.
Intake::~Intake() {
  if (!spool_) return;
  services_.pool.post([spool = std::move(spool_)]() mutable { spool = blobs::SpoolFile(); });
}

bool Intake::would_keep(const formats::Promise& promise) const {
  PromiseCheck check(promise);
  const auto take = [&check](std::string_view bytes) { check.update(bytes); };
  if (!spool_) {
    take(memory_);
  } else if (!read_file(*spool_.file(), received_, take)) {
    return false;
  }
  return check.kept();
}

void Intake::hash(std::string_view bytes) {
  hash_.update(bytes);
  if (promise_) promise_->update(bytes);
}

// As far as is known, with so many bytes more.
bool Intake::stays_small(std::size_t more) const {
  return received_ + more <= kSmallBody && announced_.value_or(0) <= kSmallBody;
}

bool Intake::is_sure_of_room() {
  if (stays_small(0) || !announced_) return false;
  auto room = services_.blobs.set_room_aside(*announced_);
  if (room) room_ = std::move(*room);
  return room.has_value();
}

// A body of one piece is not copied; one with much room to spare is, as it may be kept for long.
void Intake::keep(std::string chunk) {
  if (memory_.empty() && chunk.capacity() <= chunk.size() + chunk.size() / 8) {
    memory_ = std::move(chunk);
  } else {
    memory_.append(chunk);
  }
}

// Blocks.
Result<void> Intake::open_spool() {
  const auto length = announced_ && *announced_ > kSmallBody ? announced_ : std::nullopt;
  auto created = services_.blobs.create_spool(length, std::exchange(room_, std::nullopt));
  if (!created && created.error().code == Code::NoSpace &&
      services_.evictor.make_room(length.value_or(kSmallBody))) {
    created = services_.blobs.create_spool(length);
  }
  if (!created) return std::unexpected(created.error());
  spool_ = std::move(*created);
  return {};
}

// Blocks. A part at a time, so that it is still in the processor's cache when it is written. Wherever the
// pieces begin, parts end where runs of so many bytes do: the page cache holds them together then.
Result<void> Intake::spool(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto part = bytes.substr(0, kHashedAtOnce - spool_.size() % kHashedAtOnce);
    hash(part);
    if (auto done = spool_.append(part); !done) return done;
    bytes.remove_prefix(part.size());
  }
  return {};
}

bool Intake::take_small(std::string& chunk) {
  if (spool_ || !stays_small(chunk.size())) return false;
  received_ += chunk.size();
  hash(chunk);
  keep(std::move(chunk));
  return true;
}

Task<Result<void>> Intake::append(std::string chunk) {
  if (take_small(chunk)) co_return Result<void>{};
  received_ += chunk.size();
  if (spool_) {
    auto write = [this, &chunk] { return spool(chunk); };
    co_return co_await runtime::offload(services_.pool, write);
  }
  // One way to the pool for all of it: readers wait for the first bytes.
  const auto already_hashed = memory_.size();
  memory_.append(chunk);
  auto begin = [this, already_hashed]() -> Result<void> {
    if (auto opened = open_spool(); !opened) return opened;
    const std::string_view all = memory_;
    if (auto done = spool_.append(all.substr(0, already_hashed)); !done) return done;
    return spool(all.substr(already_hashed));
  };
  auto begun = co_await runtime::offload(services_.pool, begin);
  if (begun) memory_ = std::string();
  co_return begun;
}

}  // namespace artifactapi::cache
