// What a transfer is to those who carry it out: over libcurl, or over a socket of our own.
#pragma once

#include "transport/client.h"

#include <boost/intrusive/list.hpp>

namespace artifactapi::transport {

// Those of one client.
struct StartedTag;
using StartedHook =
    boost::intrusive::list_base_hook<boost::intrusive::tag<StartedTag>,
                                     boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

// begin once; then head once, then next until it is empty or fails. All on one loop. A coroutine in head or
// next holds the exchange alive; abort() makes both answer Cancelled, now and later.
class Exchange : public StartedHook {
 public:
  Exchange() = default;
  virtual ~Exchange() = default;
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  virtual void begin() = 0;
  virtual void abort() = 0;
  [[nodiscard]] virtual runtime::Task<Result<TransferHead>> head() = 0;
  [[nodiscard]] virtual runtime::Task<Result<std::string>> next() = 0;
  [[nodiscard]] virtual std::optional<std::string> next_at_once() { return std::nullopt; }
  [[nodiscard]] virtual bool ended() const { return false; }
  [[nodiscard]] virtual bool died_before_answer() const = 0;
};

}  // namespace artifactapi::transport
