#include "cache/relay.h"

#include <utility>

namespace artifactapi::cache {

runtime::Task<Result<std::string>> UpstreamRelay::next() {
  if (!prefix_.empty()) co_return std::exchange(prefix_, {});
  co_return co_await reply_.transfer->next();
}

runtime::Task<Result<std::string>> VerifiedRelay::next() {
  while (!ended_) {
    auto piece = co_await body_->next();
    if (!piece) co_return std::unexpected(piece.error());
    if (piece->empty()) co_return end();
    auto hash = [this, &piece] {
      check_.update(*piece);
      return true;
    };
    co_await runtime::offload(pool_, hash);
    piece->insert(0, held_);
    held_.assign(1, piece->back());
    piece->pop_back();
    if (!piece->empty()) co_return std::move(*piece);
  }
  co_return std::string();
}

Result<std::string> VerifiedRelay::end() {
  ended_ = true;
  if (check_.kept()) return std::exchange(held_, {});
  profile_->counters.contradicted.inc();
  return fail(Code::Contradicted, "upstream's bytes are not those of the promised digest");
}

}  // namespace artifactapi::cache
