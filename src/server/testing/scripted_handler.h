// An application of which each test says what it answers.
#pragma once

#include "api/handler.h"
#include "runtime/bell.h"

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace artifactapi::server::testing {

struct Finished {
  std::string method;
  std::string target;
  int status = 0;
  std::uint64_t body_bytes = 0;
  bool complete = false;
  std::string request_id;
  cache::Outcome outcome = cache::Outcome::None;
};

class ScriptedHandler final : public api::Handler {
 public:
  using Answer = std::function<api::Response(const http::Request&, const api::RequestContext&)>;

  // Scripts are set before the server starts.
  void when(std::string target, Answer answer) { answers_[std::move(target)] = std::move(answer); }
  void when_hot(std::string target, std::shared_ptr<const cache::Ready> ready) {
    hot_[std::move(target)] = std::move(ready);
  }

  void when_large(std::string target) { large_ = std::move(target); }

  std::shared_ptr<const cache::Ready> hot(const http::HeadSummary& head) override;
  bool takes_large_body(http::Method, std::string_view target) override { return target == large_; }
  runtime::Task<api::Response> handle(const http::Request& request,
                                      const api::RequestContext& context) override;
  api::Response refuse(int status, std::string_view reason, const api::RequestContext& context) override;
  void finished(const api::Exchange& exchange) override;

  // Waits until so many exchanges have ended; all of them.
  std::vector<Finished> wait_finished(std::size_t count);

 private:
  std::map<std::string, Answer, std::less<>> answers_;
  std::map<std::string, std::shared_ptr<const cache::Ready>, std::less<>> hot_;
  std::string large_;  // the target that may have a large body
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Finished> finished_;
};

api::Response text_response(int status, std::string body);
// A prepared answer from memory.
std::shared_ptr<cache::Ready> ready_text(std::string body, Time stored_at);
// The same from a file.
std::shared_ptr<cache::Ready> ready_file(std::string_view body, Time stored_at);
// An unnamed file with that content.
std::shared_ptr<const File> file_with(std::string_view content);

// A fill whose progress the test controls from its own thread.
class ScriptedFollower final : public cache::Follower {
 public:
  explicit ScriptedFollower(runtime::Loops& loops);

  // Bytes that are readable before they are in the file; append() puts them there as well.
  void open(std::string opening);
  void append(std::string_view bytes);
  void end(cache::Stream how);

  std::string_view opening() const override { return opening_; }
  int descriptor() const override { return file_->descriptor(); }
  runtime::Task<cache::Progress> progress(std::uint64_t position, runtime::Deadline deadline) override;

 private:
  std::string opening_;
  std::shared_ptr<const File> file_;
  std::uint64_t appended_ = 0;
  runtime::Bell bell_;
  std::atomic<std::uint64_t> readable_{0};
  std::atomic<cache::Stream> stream_{cache::Stream::More};
};

// Bytes passed through, then the end or a break.
class ScriptedRelay final : public cache::Relay {
 public:
  ScriptedRelay(std::vector<std::string> pieces, bool broken) : pieces_(std::move(pieces)), broken_(broken) {}
  runtime::Task<Result<std::string>> next() override;

 private:
  std::vector<std::string> pieces_;
  bool broken_;
  std::size_t at_ = 0;
};

}  // namespace artifactapi::server::testing
