#include "cache/testing/scripted_upstream.h"

#include <gtest/gtest.h>

#include <utility>

namespace artifactapi::cache {

using runtime::Task;

namespace {

class ScriptedTransfer final : public transport::Transfer {
 public:
  explicit ScriptedTransfer(std::shared_ptr<ScriptedBody> body) : body_(std::move(body)) {}
  Task<Result<transport::TransferHead>> head() override { co_return transport::TransferHead{}; }
  Task<Result<std::string>> next() override { co_return co_await body_->next(); }
  [[nodiscard]] bool died_before_answer() const override { return false; }
  void cancel() override { body_->cancel(); }

 private:
  std::shared_ptr<ScriptedBody> body_;
};

}  // namespace

void ScriptedBody::push(std::string bytes) {
  {
    const std::lock_guard lock(mutex_);
    chunks_.push_back(std::move(bytes));
  }
  bell_.ring();
}

void ScriptedBody::end() {
  {
    const std::lock_guard lock(mutex_);
    state_ = State::Ended;
  }
  bell_.ring();
}

void ScriptedBody::fail(Code code) {
  {
    const std::lock_guard lock(mutex_);
    state_ = State::Failed;
    failure_ = code;
  }
  bell_.ring();
}

void ScriptedBody::cancel() {
  cancelled_ = true;
  bell_.ring();
}

bool ScriptedBody::has_news() {
  const std::lock_guard lock(mutex_);
  return cancelled_ || !chunks_.empty() || state_ != State::Open;
}

Task<Result<std::string>> ScriptedBody::next() {
  auto news = [this] { return has_news(); };
  co_await bell_.wait_until(news);
  const std::lock_guard lock(mutex_);
  if (cancelled_) co_return artifactapi::fail(Code::Cancelled, "given up");
  if (!chunks_.empty()) {
    auto chunk = std::move(chunks_.front());
    chunks_.pop_front();
    co_return chunk;
  }
  if (state_ == State::Failed) co_return artifactapi::fail(failure_, "as the script says");
  co_return std::string();
}

void Gate::open() {
  open_ = true;
  bell_.ring();
}

Task<> Gate::passed() const {
  auto opened = [this] { return open_.load(); };
  co_await bell_.wait_until(opened);
}

void ScriptedUpstream::add(ScriptedAnswer answer) {
  const std::lock_guard lock(mutex_);
  answers_.push_back(std::move(answer));
}

void ScriptedUpstream::add(std::string body, http::Headers headers) {
  ScriptedAnswer answer;
  answer.headers = std::move(headers);
  answer.length = body.size();
  answer.body = make_body(std::move(body));
  add(std::move(answer));
}

void ScriptedUpstream::add_status(int status, http::Headers headers) {
  ScriptedAnswer answer;
  answer.status = status;
  answer.headers = std::move(headers);
  add(std::move(answer));
}

void ScriptedUpstream::add_failure(Code code) {
  ScriptedAnswer answer;
  answer.failure = code;
  add(std::move(answer));
}

std::shared_ptr<ScriptedBody> ScriptedUpstream::add_open(std::optional<std::uint64_t> length,
                                                         http::Headers headers) {
  ScriptedAnswer answer;
  answer.headers = std::move(headers);
  answer.length = length;
  answer.body = make_body();
  auto body = answer.body;
  add(std::move(answer));
  return body;
}

std::shared_ptr<ScriptedBody> ScriptedUpstream::make_body() const {
  return std::make_shared<ScriptedBody>(loops_);
}

std::shared_ptr<ScriptedBody> ScriptedUpstream::make_body(std::string bytes) const {
  auto body = make_body();
  if (!bytes.empty()) body->push(std::move(bytes));
  body->end();
  return body;
}

std::shared_ptr<Gate> ScriptedUpstream::make_gate() const {
  return std::make_shared<Gate>(loops_);
}

std::vector<upstream::Ask> ScriptedUpstream::asked() const {
  const std::lock_guard lock(mutex_);
  return asked_;
}

std::optional<ScriptedAnswer> ScriptedUpstream::take(upstream::Ask ask) {
  const std::lock_guard lock(mutex_);
  asked_.push_back(std::move(ask));
  if (answers_.empty()) return std::nullopt;
  auto answer = std::move(answers_.front());
  answers_.pop_front();
  return answer;
}

Task<Result<upstream::Reply>> ScriptedUpstream::ask(std::shared_ptr<const upstream::Origin>,
                                                    upstream::Ask ask) {
  upstream::Reply reply;
  reply.requested_at = clock_.now();
  auto answer = take(std::move(ask));
  if (!answer) {
    ADD_FAILURE() << "upstream was asked more often than the test says";
    co_return fail(Code::Internal, "no answer in the script");
  }
  if (answer->gate) co_await answer->gate->passed();
  if (answer->failure) co_return fail(*answer->failure, "as the script says");
  reply.status = answer->status;
  reply.headers = std::move(answer->headers);
  reply.length = answer->length;
  reply.framed = answer->framed;
  reply.received_at = clock_.now();
  reply.transfer = std::make_unique<ScriptedTransfer>(answer->body ? answer->body : make_body(""));
  co_return reply;
}

}  // namespace artifactapi::cache
