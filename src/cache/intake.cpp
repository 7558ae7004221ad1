#include "cache/intake.h"

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

void Intake::hash(std::string_view bytes) {
  hash_.update(bytes);
  if (promise_) promise_->update(bytes);
}

Task<Result<void>> Intake::open() {
  if (announced_ && *announced_ > kSmallBody) co_return co_await open_spool(announced_);
  co_return Result<void>{};
}

Task<Result<void>> Intake::open_spool(std::optional<std::uint64_t> length) {
  auto create = [this, length] {
    auto spool = services_.blobs.create_spool(length);
    if (spool || spool.error().code != Code::NoSpace) return spool;
    if (!services_.evictor.make_room(length.value_or(kSmallBody))) return spool;
    return services_.blobs.create_spool(length);
  };
  auto created = co_await runtime::offload(services_.pool, create);
  if (!created) co_return std::unexpected(created.error());
  spool_ = std::move(*created);
  co_return Result<void>{};
}

Task<Result<void>> Intake::append(std::string chunk) {
  received_ += chunk.size();
  if (!spool_ && received_ <= kSmallBody) {
    hash(chunk);
    memory_.append(chunk);
    co_return Result<void>{};
  }
  if (!spool_) {
    // The announced length was small or missing: all that has come goes first.
    memory_.append(chunk);
    const auto opened = co_await open_spool(std::nullopt);
    if (!opened) co_return opened;
    const auto already_hashed = memory_.size() - chunk.size();
    auto write = [this, already_hashed] {
      hash(std::string_view(memory_).substr(already_hashed));
      return spool_.append(memory_);
    };
    auto written = co_await runtime::offload(services_.pool, write);
    if (written) memory_ = std::string();
    co_return written;
  }
  auto write = [this, &chunk]() -> Result<void> {
    // A part at a time, so that it is still in the processor's cache when it is written.
    std::string_view left = chunk;
    while (!left.empty()) {
      const auto part = left.substr(0, kHashedAtOnce);
      hash(part);
      if (auto done = spool_.append(part); !done) return done;
      left.remove_prefix(part.size());
    }
    return {};
  };
  co_return co_await runtime::offload(services_.pool, write);
}

}  // namespace artifactapi::cache
