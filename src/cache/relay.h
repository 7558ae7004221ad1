// An upstream's body handed on to one client at that client's pace.
#pragma once

#include "cache/body.h"
#include "cache/promise_check.h"
#include "cache/remote_profile.h"
#include "formats/promise.h"
#include "runtime/blocking_pool.h"
#include "upstream/upstream.h"

#include <memory>
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

// A body whose digest is known beforehand: the last byte is held back until all of it agrees, so that no
// client can finish a wrong one. `pool` outlives it.
class VerifiedRelay final : public Relay {
 public:
  VerifiedRelay(std::shared_ptr<Relay> body, const formats::Promise& promise, ProfilePtr profile,
                runtime::BlockingPool& pool)
      : body_(std::move(body)), check_(promise), profile_(std::move(profile)), pool_(pool) {}
  // Contradicted at the end, when the bytes are not those that were promised.
  [[nodiscard]] runtime::Task<Result<std::string>> next() override;

 private:
  [[nodiscard]] Result<std::string> end();

  std::shared_ptr<Relay> body_;
  PromiseCheck check_;
  ProfilePtr profile_;
  runtime::BlockingPool& pool_;
  std::string held_;  // the last byte that came
  bool ended_ = false;
};

}  // namespace artifactapi::cache
