// Finds the head of a response in its bytes, however they are cut into pieces. Pure.
#pragma once

#include "base/result.h"
#include "transport/head_collector.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace artifactapi::transport {

class HeadReader {
 public:
  // How many of `bytes` were used: all, unless the head ended within. BadPeer as of HeadCollector::add, and
  // for a line longer than a head may be; it is final.
  [[nodiscard]] Result<std::size_t> feed(std::string_view bytes);

  [[nodiscard]] HeadCollector& head() { return head_; }

 private:
  HeadCollector head_;
  std::string unfinished_;  // the beginning of a line
};

}  // namespace artifactapi::transport
