#include "server/testing/scripted_handler.h"

#include <algorithm>
#include <chrono>
#include <sys/mman.h>
#include <unistd.h>

namespace artifactapi::server::testing {

std::shared_ptr<const cache::Ready> ScriptedHandler::hot(const http::HeadSummary& head) {
  const auto found = hot_.find(head.target);
  return found == hot_.end() ? nullptr : found->second;
}

runtime::Task<api::Response> ScriptedHandler::handle(const http::Request& request,
                                                     const api::RequestContext& context) {
  const auto found = answers_.find(request.target);
  co_return found == answers_.end() ? text_response(404, "nothing here") : found->second(request, context);
}

api::Response ScriptedHandler::refuse(int status, std::string_view reason, const api::RequestContext&) {
  return text_response(status, std::string(reason));
}

void ScriptedHandler::finished(const api::Exchange& exchange) {
  const std::lock_guard lock(mutex_);
  finished_.push_back({.method = std::string(exchange.method),
                       .target = std::string(exchange.target),
                       .status = exchange.status,
                       .body_bytes = exchange.body_bytes,
                       .complete = exchange.complete,
                       .request_id = std::string(exchange.request_id),
                       .outcome = exchange.outcome});
  changed_.notify_all();
}

std::vector<Finished> ScriptedHandler::wait_finished(std::size_t count) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, std::chrono::seconds(10), [&] { return finished_.size() >= count; });
  return finished_;
}

api::Response text_response(int status, std::string body) {
  api::Response response;
  response.status = status;
  response.headers.add("Content-Type", "text/plain");
  response.body = std::make_shared<const std::string>(std::move(body));
  return response;
}

std::shared_ptr<cache::Ready> ready_text(std::string body, Time stored_at) {
  auto ready = std::make_shared<cache::Ready>();
  ready->head = "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) +
                "\r\nX-Artifact-Source: cache\r\n";
  ready->repository = "files";
  ready->path = "kept";
  ready->size = body.size();
  ready->body = std::make_shared<const std::string>(std::move(body));
  ready->stored_at = stored_at;
  ready->expires_at = Time::max();
  return ready;
}

std::shared_ptr<const File> file_with(std::string_view content) {
  auto file = std::make_shared<const File>(::memfd_create("body", MFD_CLOEXEC));
  while (!content.empty()) {
    const auto written = ::write(file->descriptor(), content.data(), content.size());
    if (written <= 0) break;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return file;
}

std::shared_ptr<cache::Ready> ready_file(std::string_view body, Time stored_at) {
  auto ready = ready_text(std::string(body), stored_at);
  ready->file = file_with(body);
  ready->body = nullptr;
  return ready;
}

ScriptedFollower::ScriptedFollower(runtime::Loops& loops) : file_(file_with("")), bell_(loops) {}

void ScriptedFollower::open(std::string opening) {
  opening_ = std::move(opening);
  readable_ = opening_.size();
  bell_.ring();
}

void ScriptedFollower::append(std::string_view bytes) {
  const auto written =
      ::pwrite(file_->descriptor(), bytes.data(), bytes.size(), static_cast<off_t>(appended_));
  appended_ += static_cast<std::uint64_t>(written);
  readable_ = std::max(readable_.load(), appended_);
  bell_.ring();
}

void ScriptedFollower::end(cache::Stream how) {
  stream_ = how;
  bell_.ring();
}

runtime::Task<cache::Progress> ScriptedFollower::progress(std::uint64_t position,
                                                          runtime::Deadline deadline) {
  auto moved = [this, position] { return stream_ != cache::Stream::More || readable_ > position; };
  co_await bell_.wait_until(moved, deadline);
  const cache::Stream stream = stream_;  // before the length: an end is final
  co_return cache::Progress{.readable = readable_, .stream = stream};
}

runtime::Task<Result<std::string>> ScriptedRelay::next() {
  if (at_ < pieces_.size()) co_return pieces_[at_++];
  if (broken_) co_return fail(Code::Cut, "the source went away");
  co_return std::string();
}

}  // namespace artifactapi::server::testing
