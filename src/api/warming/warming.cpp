#include "api/warming/warming.h"

#include "api/errors.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace artifactapi::api {

using runtime::Task;

namespace {

constexpr std::size_t kMostDownloads = 16;
// How soon a client's departure is noticed.
constexpr std::chrono::milliseconds kLookUp{500};

// Whether the list of media types in a header names this one, with or without parameters.
bool names_type(std::string_view list, std::string_view type) {
  for (bool more = true; more;) {
    const auto comma = list.find(',');
    const auto one = list.substr(0, comma);
    if (http::has_token(one.substr(0, one.find(';')), type)) return true;
    more = comma != std::string_view::npos;
    if (more) list.remove_prefix(comma + 1);
  }
  return false;
}

Response failure_response(const OrderRun::Failure& failure, std::string_view request_id) {
  if (const auto* error = std::get_if<Error>(&failure)) return error_response(*error, request_id);
  const auto& refusal = std::get<cache::Refusal>(failure);
  auto response = error_response(refusal.status, refusal_message(refusal.status), request_id);
  for (const auto& [name, value] : refusal.headers) response.headers.set(name, value);
  return response;
}

// Suspends until there is news; false when the client has left meanwhile.
Task<bool> wait_for_news(OrderRun& run, const std::function<bool()>& client_gone) {
  for (;;) {
    const bool news = co_await run.wait(std::chrono::steady_clock::now() + kLookUp);
    if (news) co_return true;
    if (client_gone && client_gone()) co_return false;
  }
}

// The lines of an order to the client who gave it; the order ends with the client.
class OrderLines final : public cache::Relay {
 public:
  OrderLines(std::shared_ptr<OrderRun> run, RequestContext context)
      : run_(std::move(run)), context_(std::move(context)) {}
  OrderLines(const OrderLines&) = delete;
  OrderLines& operator=(const OrderLines&) = delete;
  ~OrderLines() override { run_->cancel(); }

  [[nodiscard]] Task<Result<std::string>> next() override {
    if (told_all_) co_return std::string();
    const bool news = co_await wait_for_news(*run_, context_.client_gone);
    if (!news) co_return fail(Code::Cancelled, "the client left");
    auto lines = run_->take_lines();
    told_all_ = run_->over();
    if (told_all_ && run_->failure()) {
      const auto response = failure_response(*run_->failure(), context_.request_id);
      lines += *std::get<cache::Bytes>(response.body);
    }
    co_return lines;
  }

 private:
  std::shared_ptr<OrderRun> run_;
  RequestContext context_;
  bool told_all_ = false;
};

std::optional<Response> refusal_of(const http::Request& request, const RequestContext& context) {
  if (request.method != http::Method::Post) {
    auto response = error_response(405, "orders are given with POST", context.request_id);
    response.headers.set("Allow", "POST");
    return response;
  }
  // A page of another origin can send other types without asking, but not this one.
  if (!names_type(request.headers.get("Content-Type").value_or(""), "application/json")) {
    return error_response(415, "an order has the Content-Type application/json", context.request_id);
  }
  return std::nullopt;
}

// Why artifacts of this repository cannot be ordered, as a GET would be told.
std::optional<Response> refusal_of(const repository::Repository* repository, const WarmingOrder& order,
                                   const RequestContext& context) {
  if (repository == nullptr) return error_response(404, "there is no such repository", context.request_id);
  if (repository->kind == repository::Kind::Local) {
    return error_response(404, "nothing is fetched into this repository", context.request_id);
  }
  const auto& type = repository->settings.package;
  if (repository->kind == repository::Kind::NotBuilt) {
    return error_response(501, "remotes of type " + type + " are not served by this version",
                          context.request_id);
  }
  if (order.include && !repository->format->listed) {
    return error_response(400, "remotes of type " + type + " take paths, not include_pattern",
                          context.request_id);
  }
  return std::nullopt;
}

}  // namespace

class Warming::Place {
 public:
  Place(std::shared_ptr<Places> places, std::string address)
      : places_(std::move(places)), address_(std::move(address)) {}
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() {
    const std::lock_guard lock(places_->mutex);
    places_->addresses.erase(address_);
  }

  // Overloaded when all are taken; Forbidden when this client has one.
  static Result<std::shared_ptr<Place>> take(const std::shared_ptr<Places>& places,
                                             const std::string& address) {
    const std::lock_guard lock(places->mutex);
    if (places->addresses.contains(address))
      return fail(Code::Forbidden, "an order of this client is still being carried out");
    if (places->addresses.size() == limits::kMaxOrders)
      return fail(Code::Overloaded, "too many orders are being carried out");
    places->addresses.insert(address);
    return std::make_shared<Place>(places, address);
  }

 private:
  std::shared_ptr<Places> places_;
  std::string address_;
};

Warming::Warming(cache::Engine& engine, std::size_t origin_connections)
    : engine_(engine),
      downloads_(engine.services().loops, std::clamp<std::size_t>(origin_connections / 4, 1, kMostDownloads)),
      orders_(engine.services().loops) {}

Task<Response> Warming::serve(std::shared_ptr<const repository::Repositories> repositories,
                              const http::Request& request, const RequestContext& context) {
  if (auto refused = refusal_of(request, context)) co_return std::move(*refused);
  auto order = parse_order(request.body ? std::string_view(*request.body) : "");
  if (!order) {
    const int status = order.error().code == Code::TooLarge ? 413 : 400;
    co_return error_response(status, order.error().message, context.request_id);
  }
  const auto* repository = repositories->find(order->remote);
  if (auto refused = refusal_of(repository, *order, context)) co_return std::move(*refused);
  auto place = Place::take(places_, std::string(context.peer_address));
  if (!place) {
    const bool own = place.error().code == Code::Forbidden;
    auto response = error_response(own ? 429 : 503, place.error().message, context.request_id);
    response.headers.set("Retry-After", "1");
    co_return response;
  }
  const bool streaming =
      request.minor_version > 0 && names_type(request.headers.joined("Accept"), "application/x-ndjson");
  auto run = begin(std::move(repositories), *repository, std::move(*order), std::move(*place), streaming);
  if (!run) co_return error_response(run.error(), context.request_id);
  auto answering = streaming ? lines(*run, context) : outcome(*run, context);
  auto response = co_await std::move(answering);
  response.repository = repository->settings.name;
  co_return response;
}

Result<std::shared_ptr<OrderRun>> Warming::begin(std::shared_ptr<const repository::Repositories> repositories,
                                                 const repository::Repository& repository, WarmingOrder order,
                                                 std::shared_ptr<Place> place, bool streaming) {
  std::unique_ptr<repository::Crawl> crawl;
  if (order.include) {
    auto listing = formats::Listing::make(repository.profile->origin->base, order.include->source(),
                                          repository.format->documents);
    if (!listing) return std::unexpected(listing.error());
    crawl = std::make_unique<repository::Crawl>(engine_.services(), repository, std::move(*listing),
                                                std::move(*order.include));
  }
  auto run = std::make_shared<OrderRun>(WarmingServices{engine_, downloads_}, std::move(repositories),
                                        repository, std::move(order), std::move(crawl), streaming);
  std::function<void()> ended = [place = std::move(place)]() mutable { place.reset(); };
  orders_.spawn(*runtime::Loop::current(), OrderRun::run(run, std::move(ended)));
  return run;
}

Task<Response> Warming::outcome(std::shared_ptr<OrderRun> run, const RequestContext& context) {
  const bool ended = co_await wait_for_news(*run, context.client_gone);
  if (!ended) run->cancel();
  if (!ended) co_return error_response(503, "the client left", context.request_id);
  if (run->failure()) co_return failure_response(*run->failure(), context.request_id);
  co_return json_response(200, run->report().text());
}

// The head waits for the first news, so that what fails at once still has a status.
Task<Response> Warming::lines(std::shared_ptr<OrderRun> run, const RequestContext& context) {
  auto body = std::make_shared<OrderLines>(run, context);
  const bool news = co_await wait_for_news(*run, context.client_gone);
  if (!news) co_return error_response(503, "the client left", context.request_id);
  if (run->over() && run->failure()) co_return failure_response(*run->failure(), context.request_id);
  auto response = json_response(200, {});
  response.headers.set("Content-Type", "application/x-ndjson");
  response.content_length.reset();
  response.body = cache::RelayBody{std::move(body)};
  co_return response;
}

}  // namespace artifactapi::api
