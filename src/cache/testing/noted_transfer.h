// A transfer without a body that only notes that it was given up.
#pragma once

#include "transport/client.h"

#include <atomic>
#include <string>

namespace artifactapi::cache {

class NotedTransfer final : public transport::Transfer {
 public:
  runtime::Task<Result<transport::TransferHead>> head() override { co_return transport::TransferHead{}; }
  runtime::Task<Result<std::string>> next() override { co_return std::string(); }
  [[nodiscard]] bool died_before_answer() const override { return false; }
  void cancel() override { cancelled = true; }

  std::atomic<bool> cancelled{false};
};

}  // namespace artifactapi::cache
