#include "api/router.h"

#include "api/errors.h"
#include "runtime/bell.h"

#include <atomic>
#include <utility>

namespace artifactapi::api {

using http::Method;
using runtime::Task;

namespace {

constexpr std::string_view kLongForm = "/api/v1/remote/";
constexpr std::string_view kShortForm = "/api/";
constexpr std::string_view kListForm = "/artifacts/";
// A use is worth writing down once a second, not with each hit.
constexpr std::int64_t kAccessResolution = 1000;

bool is_read(Method method) {
  return method == Method::Get || method == Method::Head;
}

// RFC 9110 section 9.3.7: OPTIONS of "*".
Response options_of_server() {
  Response response;
  response.status = 204;
  response.headers.set("Allow", "GET, HEAD");
  return response;
}

Task<Response> at_once(Response response) {
  co_return response;
}

Response method_not_allowed(const RequestContext& context) {
  auto response = error_response(405, "this can be read only", context.request_id);
  response.headers.set("Allow", "GET, HEAD");
  return response;
}

Response no_such_repository(const RequestContext& context) {
  return error_response(404, "there is no such repository", context.request_id);
}

}  // namespace

Router::Router(runtime::Loops& loops, std::shared_ptr<const repository::Repositories> repositories,
               Artifacts& artifacts, Rooted& rooted, Management& management, Warming& warming,
               telemetry::Log& log, telemetry::Metrics& metrics, const Clock& clock)
    : loops_(loops),
      per_loop_(loops.size()),
      artifacts_(artifacts),
      rooted_(rooted),
      management_(management),
      warming_(warming),
      log_(log),
      clock_(clock),
      other_metrics_(metrics, "", ""),
      broken_(metrics.counter(telemetry::Metric::BrokenResponses)) {
  for (auto& each : per_loop_) each.repositories = repositories;
  for (const auto* label : {"none", "hit", "miss", "stale", "revalidated"}) {
    durations_.push_back(metrics.histogram(telemetry::Metric::RequestDuration, {label}));
  }
}

Task<> Router::install(std::shared_ptr<const repository::Repositories> repositories) {
  const runtime::Bell bell(loops_);
  auto missing = std::make_shared<std::atomic<std::size_t>>(per_loop_.size());
  for (std::size_t index = 0; index < per_loop_.size(); ++index) {
    loops_.at(index).post([this, index, repositories, missing, bell] {
      per_loop_[index].repositories = repositories;
      missing->fetch_sub(1);
      bell.ring();
    });
  }
  auto everywhere = [missing] { return missing->load() == 0; };
  co_await bell.wait_until(everywhere);
}

std::shared_ptr<const cache::Ready> Router::hot(const http::HeadSummary& head) {
  const auto now = clock_.now();
  auto ready = here().aliases.find(head, now);
  if (!ready) return nullptr;
  const auto at = now.time_since_epoch().count();
  if (at - ready->last_access.load(std::memory_order_relaxed) >= kAccessResolution) {
    ready->last_access.store(at, std::memory_order_relaxed);
  }
  return ready;
}

bool Router::takes_large_body(Method method, std::string_view target) {
  if (method != Method::Post || formats::root_of(target) != nullptr) return false;
  auto canonical = http::canonicalise(target);
  if (!canonical) return false;
  const auto place = artifact_place(std::move(*canonical));
  const auto* repository = place ? here().repositories->find(place->repository) : nullptr;
  return repository != nullptr && repository->planner &&
         repository->planner->plan(place->path, {}, method).forward;
}

// The chosen one is given the request of the caller, and its own of all else.
Task<Response> Router::handle(const http::Request& request, const RequestContext& context) {
  if (request.method == Method::Options && request.target == "*") return at_once(options_of_server());
  if (const auto* root = formats::root_of(request.target)) {
    return rooted_.serve(*root, here().repositories, request, context);
  }
  auto target = http::canonicalise(request.target);
  if (!target) return at_once(error_response(target.error(), context.request_id));
  if (auto place = artifact_place(std::move(*target))) {
    const auto& repositories = here().repositories;
    const auto* repository = repositories->find(place->repository);
    if (repository == nullptr) return at_once(no_such_repository(context));
    return artifacts_.serve(repositories, *repository, std::move(place->path), request, context);
  }
  return manage(std::move(*target), request, context);
}

// Both forms are one resource. Names of repositories need no escapes, so the canonical spellings of the
// prefix are the same with and without them.
std::optional<Router::Place> Router::artifact_place(http::CanonicalPath&& target) {
  const std::string_view encoded = target.encoded;
  const bool is_long = encoded.starts_with(kLongForm);
  if (!is_long && !encoded.starts_with(kShortForm)) return std::nullopt;
  const auto name_at = is_long ? kLongForm.size() : kShortForm.size();
  const auto name_end = std::min(encoded.find('/', name_at), encoded.size());
  const auto path_at = std::min(name_end + 1, encoded.size());
  Place place;
  place.repository = encoded.substr(name_at, name_end - name_at);
  const bool plain_prefix = target.decoded.starts_with(encoded.substr(0, path_at));
  if (!plain_prefix) return Place{};
  place.path = std::move(target);
  place.path.encoded.erase(0, path_at);
  place.path.decoded.erase(0, path_at);
  return place;
}

Task<Response> Router::manage(http::CanonicalPath target, const http::Request& request,
                              const RequestContext& context) {
  const std::string_view path = target.encoded;
  if (path == "/cache-artifact") {
    co_return co_await warming_.serve(here().repositories, request, context);
  }
  const bool known = path == "/" || path == "/health" || path == "/ready" || path == "/config" ||
                     path == "/metrics" || path.starts_with(kListForm);
  if (!known) co_return error_response(404, "there is nothing at this address", context.request_id);
  if (!is_read(request.method)) co_return method_not_allowed(context);
  if (path == "/") co_return co_await management_.overview(here().repositories, context);
  if (path == "/health") co_return management_.health();
  if (path == "/ready") co_return management_.ready();
  if (path == "/config") co_return management_.config();
  if (path == "/metrics") co_return co_await management_.metrics();
  co_return co_await list(path.substr(kListForm.size()), target, context);
}

Task<Response> Router::list(std::string_view name, const http::CanonicalPath& target,
                            const RequestContext& context) {
  const auto repositories = here().repositories;
  const auto* repository = repositories->find(name);
  if (repository == nullptr) co_return no_such_repository(context);
  co_return co_await management_.artifacts(*repository, target, context);
}

Response Router::refuse(int status, std::string_view reason, const RequestContext& context) {
  auto response = error_response(status, reason, context.request_id);
  if (status == 405) response.headers.set("Allow", "GET, HEAD");
  return response;
}

void Router::finished(const Exchange& exchange) {
  if (exchange.hot) here().aliases.remember(exchange.target, exchange.hot);
  const auto outcome = cache::to_string(exchange.outcome);
  const auto* repository =
      exchange.repository.empty() ? nullptr : here().repositories->find(exchange.repository);
  const auto& metrics = repository != nullptr ? repository->metrics : other_metrics_;
  metrics.finished(outcome, exchange.status, exchange.body_bytes);
  durations_[static_cast<std::size_t>(exchange.outcome)].observe(exchange.duration);
  if (!exchange.complete) broken_.inc();
  telemetry::AccessRecord record;
  record.method = exchange.method;
  record.target = exchange.target;
  record.status = exchange.status;
  record.body_bytes = exchange.body_bytes;
  record.complete = exchange.complete;
  record.duration = exchange.duration;
  record.peer_address = exchange.peer_address;
  record.request_id = exchange.request_id;
  record.cache = outcome;
  record.remote = exchange.repository;
  record.path = exchange.path;
  log_.access(record);
}

}  // namespace artifactapi::api
