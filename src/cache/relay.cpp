#include "cache/relay.h"

#include <utility>

namespace artifactapi::cache {

runtime::Task<Result<std::string>> UpstreamRelay::next() {
  if (!prefix_.empty()) co_return std::exchange(prefix_, {});
  co_return co_await reply_.transfer->next();
}

}  // namespace artifactapi::cache
