// An upstream whose answers a test writes down beforehand, and whose bodies arrive when the test says so.
#pragma once

#include "base/result.h"
#include "runtime/bell.h"
#include "upstream/upstream.h"

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace artifactapi::cache {

// A body on its way; fed by the test, read by one transfer. Any thread.
class ScriptedBody {
 public:
  explicit ScriptedBody(runtime::Loops& loops) : bell_(loops) {}

  void push(std::string bytes);
  void end();
  void fail(Code code);
  // As Transfer::next. Chunks are handed on one at a time.
  [[nodiscard]] runtime::Task<Result<std::string>> next();
  [[nodiscard]] bool cancelled() const { return cancelled_.load(); }
  void cancel();

 private:
  enum class State : std::uint8_t { Open, Ended, Failed };
  [[nodiscard]] bool has_news();

  std::mutex mutex_;
  std::deque<std::string> chunks_;
  State state_ = State::Open;
  Code failure_ = Code::Internal;
  std::atomic<bool> cancelled_{false};
  runtime::Bell bell_;
};

// Holds an answer back until it is opened. Any thread.
class Gate {
 public:
  explicit Gate(runtime::Loops& loops) : bell_(loops) {}
  void open();
  [[nodiscard]] runtime::Task<> passed() const;

 private:
  std::atomic<bool> open_{false};
  runtime::Bell bell_;
};

// One answer. `failure` goes before everything else.
struct ScriptedAnswer {
  int status = 200;
  http::Headers headers;
  std::optional<std::uint64_t> length;
  bool framed = true;
  std::shared_ptr<ScriptedBody> body;  // null: an empty one
  std::shared_ptr<Gate> gate;          // null: at once
  std::optional<Code> failure;
};

// Gives the answers in the order they were added. Asked once more than there are answers, the test fails.
class ScriptedUpstream final : public upstream::Upstream {
 public:
  ScriptedUpstream(runtime::Loops& loops, const Clock& clock) : loops_(loops), clock_(clock) {}

  void add(ScriptedAnswer answer);
  // The whole body at once, with its length.
  void add(std::string body, http::Headers headers = {});
  void add_status(int status, http::Headers headers = {});
  void add_failure(Code code);
  // A 200 whose body the test feeds.
  std::shared_ptr<ScriptedBody> add_open(std::optional<std::uint64_t> length, http::Headers headers = {});

  [[nodiscard]] std::shared_ptr<ScriptedBody> make_body() const;
  // A body that is all there.
  [[nodiscard]] std::shared_ptr<ScriptedBody> make_body(std::string bytes) const;
  [[nodiscard]] std::shared_ptr<Gate> make_gate() const;

  // What was asked so far.
  [[nodiscard]] std::vector<upstream::Ask> asked() const;
  [[nodiscard]] std::size_t times_asked() const { return asked().size(); }

  [[nodiscard]] runtime::Task<Result<upstream::Reply>> ask(std::shared_ptr<const upstream::Origin> origin,
                                                           upstream::Ask ask) override;

 private:
  [[nodiscard]] std::optional<ScriptedAnswer> take(upstream::Ask ask);

  runtime::Loops& loops_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::deque<ScriptedAnswer> answers_;
  std::vector<upstream::Ask> asked_;
};

}  // namespace artifactapi::cache
