// One order being carried out: finds its artifacts, asks the cache for each, and throws the bytes away.
#pragma once

#include "api/warming/order.h"
#include "api/warming/report.h"
#include "cache/engine.h"
#include "repository/crawl.h"
#include "repository/repository.h"
#include "runtime/bell.h"
#include "runtime/slots.h"
#include "runtime/task.h"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace artifactapi::api {

namespace limits {
inline constexpr std::size_t kDownloadsOfAnOrder = 4;
inline constexpr std::chrono::minutes kMaxOrderTime{60};
}  // namespace limits

// What orders work with; outlives them.
struct WarmingServices {
  cache::Engine& engine;
  runtime::Slots& downloads;  // at once, of all orders
};

// Lives on the loop that made it, like everything it touches. run() is spawned there; whoever waits for the
// outcome holds it too.
class OrderRun {
 public:
  using Failure = repository::CrawlFailure;

  // `repositories` keeps `repository`, a remote of a type that is built. `crawl`: null for an order by paths.
  // `streaming`: lines of progress are wanted.
  OrderRun(WarmingServices services, std::shared_ptr<const repository::Repositories> repositories,
           const repository::Repository& repository, WarmingOrder order,
           std::unique_ptr<repository::Crawl> crawl, bool streaming);

  // `ended` is called just before the outcome can be seen.
  [[nodiscard]] static runtime::Task<> run(std::shared_ptr<OrderRun> self, std::function<void()> ended);

  // The client left: nothing new is begun, what is under way is let go.
  void cancel();

  // Suspends until there is a line to take or it has ended (true), or the deadline has passed (false).
  [[nodiscard]] runtime::Task<bool> wait(runtime::Deadline deadline);
  [[nodiscard]] bool over() const { return over_; }
  // The lines since the last call.
  [[nodiscard]] std::string take_lines() { return std::exchange(lines_, {}); }
  // When it is over: why there is no report, or the report.
  [[nodiscard]] const std::optional<Failure>& failure() const { return failure_; }
  [[nodiscard]] const WarmingReport& report() const { return report_; }

 private:
  using Steady = std::chrono::steady_clock;

  [[nodiscard]] static runtime::Task<> fetch_next(std::shared_ptr<OrderRun> self);
  [[nodiscard]] runtime::Task<> find();
  [[nodiscard]] runtime::Task<WarmedArtifact> fetch(std::string path);
  [[nodiscard]] runtime::Task<WarmedArtifact> follow(WarmedArtifact artifact, cache::Growing growing);
  [[nodiscard]] runtime::Task<WarmedArtifact> settle(WarmedArtifact artifact, cache::Answer answer);
  void finish(WarmedArtifact artifact);
  void say(std::string line);

  WarmingServices services_;
  std::shared_ptr<const repository::Repositories> repositories_;
  const repository::Repository& repository_;
  std::unique_ptr<repository::Crawl> crawl_;
  const bool streaming_;
  const Steady::time_point deadline_ = Steady::now() + limits::kMaxOrderTime;
  runtime::Bell bell_;
  std::vector<std::string> paths_;
  std::size_t next_ = 0;  // of paths_
  bool cancelled_ = false;
  bool over_ = false;
  std::string lines_;
  std::optional<Failure> failure_;
  WarmingReport report_;
};

}  // namespace artifactapi::api
