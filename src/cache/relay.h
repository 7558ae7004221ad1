// An upstream's body handed on to one client at that client's pace.
#pragma once

#include "cache/body.h"
#include "upstream/upstream.h"

#include <string>

namespace artifactapi::cache {

// Lives on the loop that asked upstream.
class UpstreamRelay final : public Relay {
 public:
  UpstreamRelay(upstream::Reply reply, std::string prefix)
      : reply_(std::move(reply)), prefix_(std::move(prefix)) {}
  [[nodiscard]] runtime::Task<Result<std::string>> next() override;

 private:
  upstream::Reply reply_;
  std::string prefix_;  // read before it was known that the body will not be stored
};

}  // namespace artifactapi::cache
