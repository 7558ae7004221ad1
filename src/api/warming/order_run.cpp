#include "api/warming/order_run.h"

#include "api/errors.h"
#include "http/path.h"
#include "runtime/task_group.h"

#include <algorithm>
#include <utility>

namespace artifactapi::api {

using runtime::Task;

namespace {

// Until a departure or the end of the time is noticed by who follows a slow download.
constexpr std::chrono::milliseconds kLookUp{500};

WarmedArtifact failed(WarmedArtifact artifact, int status, std::string_view message) {
  artifact.warmth = Warmth::Failed;
  artifact.size.reset();
  artifact.error = std::to_string(status).append(": ").append(message);
  return artifact;
}

WarmedArtifact failed(WarmedArtifact artifact, const Error& error) {
  return failed(std::move(artifact), status_of(error.code), error.message);
}

}  // namespace

OrderRun::OrderRun(WarmingServices services, std::shared_ptr<const repository::Repositories> repositories,
                   const repository::Repository& repository, WarmingOrder order,
                   std::unique_ptr<repository::Crawl> crawl, bool streaming)
    : services_(services),
      repositories_(std::move(repositories)),
      repository_(repository),
      crawl_(std::move(crawl)),
      streaming_(streaming),
      bell_(services.engine.services().loops),
      paths_(std::move(order.paths)),
      report_(repository.settings.name) {}

Task<> OrderRun::run(std::shared_ptr<OrderRun> self, std::function<void()> ended) {
  if (self->crawl_) co_await self->find();
  self->report_.set_matched(self->paths_.size());
  runtime::TaskGroup downloads(self->services_.engine.services().loops);
  const auto count = std::min(limits::kDownloadsOfAnOrder, self->paths_.size());
  for (std::size_t i = 0; i < count; ++i) downloads.spawn(*runtime::Loop::current(), fetch_next(self));
  co_await downloads.idle(runtime::kNoDeadline);
  ended();
  self->over_ = true;
  if (!self->failure_) self->say(self->report_.text());
  self->bell_.ring();
}

Task<> OrderRun::find() {
  auto progress = [this](std::size_t pages, std::size_t found) {
    say(WarmingReport::search_line(pages, found));
  };
  auto found = co_await crawl_->run(std::move(progress));
  if (found) {
    paths_ = std::move(found->paths);
    report_.set_incomplete(std::move(found->incomplete));
  } else {
    failure_ = std::move(found.error());
  }
}

Task<> OrderRun::fetch_next(std::shared_ptr<OrderRun> self) {
  while (!self->cancelled_ && self->next_ < self->paths_.size()) {
    auto path = self->paths_[self->next_++];
    const auto slot = co_await self->services_.downloads.take(self->deadline_);
    if (self->cancelled_) co_return;
    auto artifact = co_await self->fetch(std::move(path));
    self->finish(std::move(artifact));
  }
}

// As a GET of the same path would be answered; the plan decides, and the cache stores.
Task<WarmedArtifact> OrderRun::fetch(std::string path) {
  WarmedArtifact artifact;
  artifact.path = std::move(path);
  if (Steady::now() >= deadline_) co_return failed(std::move(artifact), 503, "the order ran out of time");
  const auto canonical = http::canonicalise(artifact.path);
  if (!canonical) co_return failed(std::move(artifact), canonical.error());
  auto plan = repository_.planner->plan(*canonical);
  if (plan.access == formats::Access::Undecided) {
    services_.engine.services().log.warning(
        "pattern ran into its match limit",
        {{"remote", repository_.settings.name}, {"pattern", plan.limit_hit}, {"path", plan.path}});
  }
  if (plan.access == formats::Access::NoSuchPath) {
    co_return failed(std::move(artifact), plan.refused.status, plan.refused.message);
  }
  if (plan.access != formats::Access::Allowed) co_return failed(std::move(artifact), 403, kNoPatternAllows);
  if (plan.forward)
    co_return failed(std::move(artifact), 400, "answers to this are passed through and never kept");
  auto allowed = std::make_shared<const formats::Plan>(std::move(plan));
  auto answer = co_await services_.engine.get(repository_.profile, std::move(allowed));
  co_return co_await settle(std::move(artifact), std::move(answer));
}

Task<WarmedArtifact> OrderRun::settle(WarmedArtifact artifact, cache::Answer answer) {
  if (const auto* stored = std::get_if<cache::Stored>(&answer)) {
    const bool fetched = stored->outcome == cache::Outcome::Miss;
    artifact.warmth = fetched ? Warmth::Cached : Warmth::AlreadyCached;
    artifact.size = stored->row->size;
    co_return artifact;
  }
  if (auto* growing = std::get_if<cache::Growing>(&answer)) {
    co_return co_await follow(std::move(artifact), std::move(*growing));
  }
  if (const auto* refusal = std::get_if<cache::Refusal>(&answer)) {
    co_return failed(std::move(artifact), refusal->status, refusal_message(refusal->status));
  }
  if (const auto* error = std::get_if<Error>(&answer)) co_return failed(std::move(artifact), *error);
  // Passed through for a GET; for nobody there is no point in it.
  co_return failed(std::move(artifact), 503, "it can be passed through, but not be stored");
}

Task<WarmedArtifact> OrderRun::follow(WarmedArtifact artifact, cache::Growing growing) {
  std::uint64_t position = 0;
  while (!cancelled_ && Steady::now() < deadline_) {
    const auto progress = co_await growing.follower->progress(position, Steady::now() + kLookUp);
    position = std::max(position, progress.readable);
    if (progress.stream == cache::Stream::Broken) {
      co_return failed(std::move(artifact), std::get<Error>(growing.fill->settlement()));
    }
    if (progress.stream != cache::Stream::End) continue;
    artifact.warmth = Warmth::Cached;
    artifact.size = progress.readable;
    co_return artifact;
  }
  co_return failed(std::move(artifact), 503, "the order ended before the download");
}

void OrderRun::cancel() {
  cancelled_ = true;
  if (crawl_) crawl_->cancel();
}

Task<bool> OrderRun::wait(runtime::Deadline deadline) {
  if (crawl_) crawl_->check(Steady::now());
  auto news = [this] { return over_ || !lines_.empty(); };
  co_return co_await bell_.wait_until(news, deadline);
}

void OrderRun::finish(WarmedArtifact artifact) {
  report_.add(std::move(artifact));
  say(report_.last_line());
}

void OrderRun::say(std::string line) {
  if (!streaming_ || cancelled_) return;
  lines_ += line;
  bell_.ring();
}

}  // namespace artifactapi::api
