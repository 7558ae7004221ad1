#include "api/artifacts.h"

#include "api/artifact_response.h"
#include "api/errors.h"
#include "cache/artifact_head.h"
#include "http/accept_encoding.h"
#include "http/etag.h"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace artifactapi::api {

using cache::Outcome;
using http::Method;
using runtime::Task;

namespace {

// A range that begins this far ahead of what has arrived is asked of upstream apart; nearer ones wait.
constexpr std::uint64_t kFarAhead = 32ULL << 20U;

bool has_strong_validator(const catalog::Row& row) {
  const auto tag = http::parse_etag(row.upstream_etag);
  return tag && !tag->weak;
}

cache::Piece stored_piece(const cache::Stored& stored, http::ByteRange range) {
  if (!stored.bytes) return cache::FileBody{stored.file, range.first, range.length()};
  return std::make_shared<const std::string>(stored.bytes->substr(range.first, range.length()));
}

// What the answer's head is made of; null: it is no artifact.
const catalog::Row* row_of(const cache::Answer& answer) {
  if (const auto* stored = std::get_if<cache::Stored>(&answer)) return stored->row.get();
  if (const auto* growing = std::get_if<cache::Growing>(&answer)) return growing->fill->draft().get();
  if (const auto* relayed = std::get_if<cache::Relayed>(&answer)) return relayed->draft.get();
  if (const auto* described = std::get_if<cache::Described>(&answer)) return described->draft.get();
  return nullptr;
}

bool is_refusal(const cache::Answer& answer, int status) {
  const auto* refusal = std::get_if<cache::Refusal>(&answer);
  return refusal != nullptr && refusal->status == status;
}

bool is_absence(const cache::Answer& answer) {
  return is_refusal(answer, 404) || is_refusal(answer, 410);
}

Task<Response> at_once(Response response) {
  co_return response;
}

// Whether another artifact may be the answer, depending on what is found.
bool has_another(const formats::Plan& plan) {
  return plan.suits != nullptr || plan.fallback != nullptr;
}

// What stands for nothing, where the type has something for it.
Response empty_response(const formats::Plan& plan) {
  auto response = json_response(200, std::string(plan.empty_body));
  response.headers.set("Content-Type", plan.empty_type);
  for (const auto& [name, value] : plan.head->fixed) response.headers.set(name, value);
  response.outcome = Outcome::Miss;
  return response;
}

}  // namespace

struct Artifacts::Exchange {
  std::shared_ptr<const repository::Repositories> repositories;  // keeps the next one
  const repository::Repository& repository;
  const http::Request& request;
  const RequestContext& context;
  formats::PlanPtr plan;
  ErrorStyle errors;
  cache::ReadyPtr hot = nullptr;  // Response::hot
  bool shared = true;             // what memory has of it is for every plain request of this target
};

// Plans, and is gone when the artifact is looked for.
Task<Response> Artifacts::serve(std::shared_ptr<const repository::Repositories> repositories,
                                const repository::Repository& repository, http::CanonicalPath path,
                                const http::Request& request, const RequestContext& context,
                                ErrorStyle errors) {
  Response refused;
  auto asked = plan(repository, std::move(path), request, context, errors, refused);
  if (!asked) {
    refused.repository = repository.settings.name;
    return at_once(std::move(refused));
  }
  return answer(Exchange{.repositories = std::move(repositories),
                         .repository = repository,
                         .request = request,
                         .context = context,
                         .plan = std::move(asked),
                         .errors = errors});
}

formats::PlanPtr Artifacts::plan(const repository::Repository& repository, http::CanonicalPath path,
                                 const http::Request& request, const RequestContext& context,
                                 ErrorStyle& errors, Response& response) {
  if (repository.kind == repository::Kind::Local) {
    response = error_response(404, "nothing is published in this repository", context.request_id, errors);
    return nullptr;
  }
  if (repository.kind == repository::Kind::NotBuilt) {
    const auto message = "remotes of type " + repository.settings.package + " are not served by this version";
    response = error_response(501, message, context.request_id, errors);
    return nullptr;
  }
  if (errors.body == nullptr) errors.body = repository.format->error_body;
  const bool negotiates = repository.format->lay_out != nullptr;
  const auto accept = negotiates ? request.headers.joined("Accept") : std::string();
  auto plan = repository.planner->plan(std::move(path), accept, request.method);
  plan.forward &= cache::can_be_forwarded(request.method);
  if (!plan.forward && !http::is_get_or_head(request.method)) {
    response = error_response(405, "artifacts of a remote can be read only", context.request_id, errors);
    response.headers.set("Allow", "GET, HEAD");
    return nullptr;
  }
  errors.word = plan.word_for_404;
  return std::make_shared<const formats::Plan>(std::move(plan));
}

Task<Response> Artifacts::answer(Exchange exchange) {
  const auto asked = exchange.plan;
  Response response;
  if (asked->forward && asked->access == formats::Access::Allowed) {
    response = co_await forwarding_.serve(exchange.repository, *asked, exchange.request, exchange.context,
                                          ErrorStyle{exchange.errors.body});
  } else if (!asked->redirect.empty()) {
    response = redirect(exchange);
  } else if (asked->access == formats::Access::Allowed) {
    auto answer = co_await ask(exchange, asked);
    if (has_another(*asked)) answer = co_await another(exchange, std::move(answer));
    if (exchange.plan->render != nullptr) answer = co_await rendered(exchange, std::move(answer));
    const auto* growing = std::get_if<cache::Growing>(&answer);
    response = growing != nullptr ? co_await respond(exchange, *growing) : respond_at_once(exchange, answer);
    amend(exchange, answer, response);
  } else {
    response = refuse(exchange);
  }
  response.repository = exchange.repository.settings.name;
  response.path = asked->path;
  response.hot = std::move(exchange.hot);
  co_return response;
}

// Absolute where the client's own address for us is known.
Response Artifacts::redirect(const Exchange& exchange) {
  const auto& repository = exchange.repository.settings.name;
  auto response = error_response(301, "the address in Location is the one to ask at",
                                 exchange.context.request_id, ErrorStyle{exchange.errors.body});
  const auto address = address_of(address_, exchange.request, exchange.context).value_or("");
  response.headers.set("Location", address + "/api/v1/remote/" + repository + "/" + exchange.plan->redirect);
  return response;
}

Response Artifacts::refuse(const Exchange& exchange) {
  const auto& plan = *exchange.plan;
  const auto& request_id = exchange.context.request_id;
  if (plan.access == formats::Access::NoSuchPath) {
    const auto& refused = plan.refused;
    return error_response(refused.status, refused.message, request_id,
                          ErrorStyle{exchange.errors.body, refused.word});
  }
  if (plan.access == formats::Access::Undecided) {
    log_.warning(
        "pattern ran into its match limit",
        {{"remote", exchange.repository.settings.name}, {"pattern", plan.limit_hit}, {"path", plan.path}});
  }
  return error_response(403, kNoPatternAllows, request_id, ErrorStyle{exchange.errors.body});
}

Task<cache::Answer> Artifacts::ask(const Exchange& exchange, formats::PlanPtr plan) {
  const auto& profile = exchange.repository.profile;
  return exchange.request.method == Method::Get ? engine_.get(profile, std::move(plan))
                                                : engine_.head(profile, std::move(plan));
}

Task<cache::Answer> Artifacts::another(Exchange& exchange, cache::Answer answer) {
  if (const auto* row = row_of(answer)) {
    auto instead = exchange.plan->instead_of(row->content_type);
    if (!instead) co_return answer;
    exchange.shared = false;
    auto other = std::make_shared<const formats::Plan>(std::move(*instead));
    auto others = co_await ask(exchange, other);
    // Some registries answer with what nobody named. What is stored is then as good an answer as there is.
    if (is_refusal(others, cache::kNotAcceptable)) co_return answer;
    exchange.plan = std::move(other);
    co_return others;
  }
  const auto fallback = exchange.plan->fallback;
  const bool made_of_it = fallback && fallback->render != nullptr;
  if (!fallback || !(is_absence(answer) || (made_of_it && is_refusal(answer, 403)))) co_return answer;
  exchange.shared = false;
  if (fallback->access != formats::Access::Allowed) co_return answer;
  auto instead = co_await ask(exchange, fallback);
  // What cannot be made is what was not there before.
  if (made_of_it && row_of(instead) == nullptr) co_return answer;
  if (row_of(instead) != nullptr) exchange.plan = fallback;
  co_return instead;
}

// Only what is whole can be rendered. A HEAD of what is not stored downloads nothing: it is told no length
// and no entity tag.
Task<cache::Answer> Artifacts::rendered(Exchange& exchange, cache::Answer answer) {
  if (auto* described = std::get_if<cache::Described>(&answer)) {
    auto draft = std::make_shared<catalog::Row>(*described->draft);
    draft->etag.clear();
    co_return cache::Described{std::move(draft), std::nullopt};
  }
  const auto& profile = exchange.repository.profile;
  const auto* found = std::get_if<cache::Stored>(&answer);
  if (found != nullptr && !found->bytes && !found->file) {
    answer = co_await engine_.get(profile, exchange.plan);
  }
  if (const auto* growing = std::get_if<cache::Growing>(&answer)) {
    const auto fill = growing->fill;
    co_await fill->settled();
    if (const auto* error = std::get_if<Error>(&fill->settlement())) co_return *error;
    const auto& whole = std::get<cache::Whole>(fill->settlement());
    answer = cache::Stored{whole.row, whole.bytes, whole.file, Outcome::Miss, nullptr};
  }
  if (std::holds_alternative<cache::Relayed>(answer)) {
    co_return Error{Code::NoSpace, "there is no room to store this document, which has to be rewritten"};
  }
  auto* stored = std::get_if<cache::Stored>(&answer);
  if (stored == nullptr) co_return answer;
  const auto address = address_of(address_, exchange.request, exchange.context);
  if (!address) co_return Error{Code::Invalid, "the request has to name a Host, which is part of the answer"};
  const auto& name = exchange.repository.settings.name;
  const auto& headers = exchange.request.headers;
  cache::RenditionFor whom{
      *address + "/api/v1/remote/" + name, {}, http::accepts_gzip(headers.joined("Accept-Encoding"))};
  if (address_.url.empty()) {
    whom.host = plain_host_of(*address, exchange.context.secure);
    // Memory's fast way tells requests apart by their Host alone.
    if (names_another_address(headers)) exchange.shared = false;
  }
  co_return co_await renditions_.make(profile, exchange.plan, std::move(*stored), std::move(whom));
}

void Artifacts::amend(Exchange& exchange, const cache::Answer& answer, Response& response) {
  const auto* row = row_of(answer);
  if (row == nullptr) return;
  if (exchange.plan->render != nullptr) cache::vary_by_coding(response.headers);
  if (exchange.plan->next_page == nullptr || response.status != 200) return;
  const auto upstreams = cache::stored_field(*row, "Link");
  const auto link = exchange.plan->next_page(upstreams, exchange.request.target);
  if (link.empty()) return;
  response.headers.set("Link", link);
  exchange.hot = nullptr;  // the link is of this request
}

Response Artifacts::respond_at_once(Exchange& exchange, const cache::Answer& answer) {
  if (!exchange.plan->empty_body.empty() && is_absence(answer)) return empty_response(*exchange.plan);
  return std::visit(
      [&]<class Alternative>(const Alternative& alternative) -> Response {
        if constexpr (std::is_same_v<Alternative, cache::Growing>) {
          std::unreachable();
        } else {
          return respond(exchange, alternative);
        }
      },
      answer);
}

Response Artifacts::respond(Exchange& exchange, const cache::Stored& stored) {
  if (exchange.shared) exchange.hot = stored.ready;
  const Representation what{*stored.row, stored.outcome, stored.row->size, *exchange.plan->head};
  if (auto settled = precondition_response(exchange.request, what, now())) return std::move(*settled);
  const auto asked = asked_ranges(exchange.request, what);
  if (std::holds_alternative<http::Unsatisfiable>(asked)) {
    return unsatisfiable_response(what, exchange.context.request_id, ErrorStyle{exchange.errors.body});
  }
  if (const auto* ranges = std::get_if<std::vector<http::ByteRange>>(&asked)) {
    auto take = [&stored](http::ByteRange range) { return stored_piece(stored, range); };
    return partial_response(what, *ranges, take, now());
  }
  auto response = whole_response(what, now());
  if (exchange.request.method == Method::Head) return response;
  if (stored.bytes) {
    response.body = stored.bytes;
  } else {
    response.body = cache::FileBody{stored.file, 0, stored.row->size};
  }
  return response;
}

Task<Response> Artifacts::respond(Exchange& exchange, const cache::Growing& growing) {
  const auto& fill = *growing.fill;
  const Representation what{*fill.draft(), Outcome::Miss, fill.length(), *exchange.plan->head};
  if (auto settled = precondition_response(exchange.request, what, now())) co_return std::move(*settled);
  auto asked = asked_ranges(exchange.request, what);
  if (std::holds_alternative<http::Unsatisfiable>(asked)) {
    co_return unsatisfiable_response(what, exchange.context.request_id, ErrorStyle{exchange.errors.body});
  }
  if (auto* ranges = std::get_if<std::vector<http::ByteRange>>(&asked)) {
    co_return co_await part_growing(exchange, growing, std::move(*ranges));
  }
  co_return co_await whole_growing(exchange, growing);
}

Task<Response> Artifacts::whole_growing(Exchange& exchange, const cache::Growing& growing) {
  const auto& fill = *growing.fill;
  if (!fill.length() && exchange.request.minor_version == 0) {
    // HTTP/1.0 knows no chunks: the length has to be known first.
    co_await fill.settled();
    if (const auto* error = std::get_if<Error>(&fill.settlement())) co_return respond(exchange, *error);
    const auto& whole = std::get<cache::Whole>(fill.settlement());
    co_return respond(exchange, cache::Stored{whole.row, whole.bytes, whole.file, Outcome::Miss, nullptr});
  }
  auto response = whole_response(
      Representation{*fill.draft(), Outcome::Miss, fill.length(), *exchange.plan->head}, now());
  response.body = cache::FollowBody{growing.follower, 0, fill.length()};
  co_return response;
}

Task<Response> Artifacts::part_growing(Exchange& exchange, const cache::Growing& growing,
                                       std::vector<http::ByteRange> ranges) {
  const auto& fill = *growing.fill;
  const Representation what{*fill.draft(), Outcome::Miss, fill.length(), *exchange.plan->head};
  const auto first = ranges.front().first;
  if (ranges.size() == 1 && first > fill.visible() + kFarAhead && has_strong_validator(what.row)) {
    auto apart =
        co_await engine_.part(exchange.repository.profile, exchange.plan, fill.draft(), ranges.front());
    if (apart) {
      auto relay = std::move(apart->relay);
      auto response = partial_response(what, ranges, [](http::ByteRange) { return cache::Bytes(); }, now());
      response.body = cache::RelayBody{std::move(relay)};
      co_return response;
    }
  }
  // The head leaves with the first byte, so that what fails before it is still a clean error.
  const auto progress = co_await growing.follower->progress(first, runtime::kNoDeadline);
  if (progress.stream == cache::Stream::Broken) {
    co_return respond(exchange, std::get<Error>(fill.settlement()));
  }
  auto take = [&growing](http::ByteRange range) {
    return cache::Piece(cache::FollowBody{growing.follower, range.first, range.length()});
  };
  co_return partial_response(what, ranges, take, now());
}

Response Artifacts::respond(Exchange& exchange, const cache::Relayed& relayed) {
  const Representation what{*relayed.draft, Outcome::Miss, relayed.length, *exchange.plan->head};
  if (auto settled = precondition_response(exchange.request, what, now())) return std::move(*settled);
  if (!relayed.length && exchange.request.minor_version == 0) {
    return error_response(502, "upstream does not say how long this is; ask with HTTP/1.1",
                          exchange.context.request_id, ErrorStyle{exchange.errors.body});
  }
  auto response = whole_response(what, now());
  response.body = cache::RelayBody{relayed.relay};
  return response;
}

Response Artifacts::respond(Exchange& exchange, const cache::Described& described) {
  const Representation what{*described.draft, Outcome::Miss, described.length, *exchange.plan->head};
  if (auto settled = precondition_response(exchange.request, what, now())) return std::move(*settled);
  return whole_response(what, now());
}

Response Artifacts::respond(Exchange& exchange, const cache::Refusal& refusal) {
  auto response = error_response(refusal.status, refusal_message(refusal.status), exchange.context.request_id,
                                 refusal.status == 404 ? exchange.errors : ErrorStyle{exchange.errors.body});
  for (const auto& [name, value] : refusal.headers) response.headers.set(name, value);
  response.outcome = Outcome::Miss;
  return response;
}

Response Artifacts::respond(Exchange& exchange, const Error& error) {
  log_.warning("artifact could not be served", {{"remote", exchange.repository.settings.name},
                                                {"path", exchange.plan->path},
                                                {"reason", to_string(error.code)},
                                                {"error", error.message}});
  auto response = error_response(error, exchange.context.request_id, ErrorStyle{exchange.errors.body});
  response.outcome = Outcome::Miss;
  return response;
}

}  // namespace artifactapi::api
