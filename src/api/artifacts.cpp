#include "api/artifacts.h"

#include "api/artifact_response.h"
#include "api/errors.h"
#include "http/etag.h"

#include <algorithm>
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

}  // namespace

struct Artifacts::Exchange {
  const repository::Repository& repository;
  const http::Request& request;
  const RequestContext& context;
  formats::Plan plan;
  cache::ReadyPtr& stored;
};

Task<Response> Artifacts::serve(const repository::Repository& repository, http::CanonicalPath path,
                                const http::Request& request, const RequestContext& context,
                                cache::ReadyPtr& stored) {
  if (repository.kind == repository::Kind::Local) {
    co_return error_response(404, "nothing is published in this repository", context.request_id);
  }
  if (repository.kind == repository::Kind::NotBuilt) {
    const auto message = "remotes of type " + repository.settings.package + " are not served by this version";
    co_return error_response(501, message, context.request_id);
  }
  if (request.method != Method::Get && request.method != Method::Head) {
    auto response = error_response(405, "artifacts of a remote can be read only", context.request_id);
    response.headers.set("Allow", "GET, HEAD");
    co_return response;
  }
  Exchange exchange{repository, request, context, repository.planner->plan(path), stored};
  Response response;
  if (exchange.plan.access == formats::Access::Allowed) {
    auto answering = request.method == Method::Get ? engine_.get(repository.profile, exchange.plan)
                                                   : engine_.head(repository.profile, exchange.plan);
    auto answer = co_await std::move(answering);
    response = co_await respond(exchange, std::move(answer));
  } else {
    if (exchange.plan.access == formats::Access::Undecided) {
      log_.warning("pattern ran into its match limit", {{"remote", repository.settings.name},
                                                        {"pattern", exchange.plan.limit_hit},
                                                        {"path", exchange.plan.path}});
    }
    response = error_response(403, kNoPatternAllows, context.request_id);
  }
  response.path = exchange.plan.path;
  co_return response;
}

Task<Response> Artifacts::respond(Exchange& exchange, cache::Answer answer) {
  auto one = [this, &exchange](const auto& alternative) { return respond(exchange, alternative); };
  co_return co_await std::visit(one, answer);
}

Task<Response> Artifacts::respond(Exchange& exchange, const cache::Stored& stored) {
  exchange.stored = stored.ready;
  const Representation what{*stored.row, stored.outcome, stored.row->size};
  if (auto settled = precondition_response(exchange.request, what, now())) co_return std::move(*settled);
  const auto asked = asked_ranges(exchange.request, what);
  if (std::holds_alternative<http::Unsatisfiable>(asked)) {
    co_return unsatisfiable_response(what, exchange.context.request_id);
  }
  if (const auto* ranges = std::get_if<std::vector<http::ByteRange>>(&asked)) {
    auto take = [&stored](http::ByteRange range) { return stored_piece(stored, range); };
    co_return partial_response(what, *ranges, take, now());
  }
  auto response = whole_response(what, now());
  if (exchange.request.method == Method::Head) co_return response;
  if (stored.bytes) {
    response.body = stored.bytes;
  } else {
    response.body = cache::FileBody{stored.file, 0, stored.row->size};
  }
  co_return response;
}

Task<Response> Artifacts::respond(Exchange& exchange, const cache::Growing& growing) {
  const auto& fill = *growing.fill;
  const Representation what{*fill.draft(), Outcome::Miss, fill.length()};
  if (auto settled = precondition_response(exchange.request, what, now())) co_return std::move(*settled);
  auto asked = asked_ranges(exchange.request, what);
  if (std::holds_alternative<http::Unsatisfiable>(asked)) {
    co_return unsatisfiable_response(what, exchange.context.request_id);
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
    if (const auto* error = std::get_if<Error>(&fill.settlement()))
      co_return co_await respond(exchange, *error);
    const auto& whole = std::get<cache::Whole>(fill.settlement());
    co_return co_await respond(exchange,
                               cache::Stored{whole.row, whole.bytes, whole.file, Outcome::Miss, nullptr});
  }
  auto response = whole_response(Representation{*fill.draft(), Outcome::Miss, fill.length()}, now());
  response.body = cache::FollowBody{growing.follower, 0, fill.length()};
  co_return response;
}

Task<Response> Artifacts::part_growing(Exchange& exchange, const cache::Growing& growing,
                                       std::vector<http::ByteRange> ranges) {
  const auto& fill = *growing.fill;
  const Representation what{*fill.draft(), Outcome::Miss, fill.length()};
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
    co_return co_await respond(exchange, std::get<Error>(fill.settlement()));
  }
  auto take = [&growing](http::ByteRange range) {
    return cache::Piece(cache::FollowBody{growing.follower, range.first, range.length()});
  };
  co_return partial_response(what, ranges, take, now());
}

Task<Response> Artifacts::respond(Exchange& exchange, const cache::Relayed& relayed) {
  const Representation what{*relayed.draft, Outcome::Miss, relayed.length};
  if (auto settled = precondition_response(exchange.request, what, now())) co_return std::move(*settled);
  if (!relayed.length && exchange.request.minor_version == 0) {
    co_return error_response(502, "upstream does not say how long this is; ask with HTTP/1.1",
                             exchange.context.request_id);
  }
  auto response = whole_response(what, now());
  response.body = cache::RelayBody{relayed.relay};
  co_return response;
}

Task<Response> Artifacts::respond(Exchange& exchange, const cache::Described& described) {
  const Representation what{*described.draft, Outcome::Miss, described.length};
  if (auto settled = precondition_response(exchange.request, what, now())) co_return std::move(*settled);
  co_return whole_response(what, now());
}

Task<Response> Artifacts::respond(Exchange& exchange, const cache::Refusal& refusal) {
  auto response =
      error_response(refusal.status, refusal_message(refusal.status), exchange.context.request_id);
  for (const auto& [name, value] : refusal.headers) response.headers.set(name, value);
  response.outcome = Outcome::Miss;
  co_return response;
}

Task<Response> Artifacts::respond(Exchange& exchange, const Error& error) {
  log_.warning("artifact could not be served", {{"remote", exchange.repository.settings.name},
                                                {"path", exchange.plan.path},
                                                {"reason", to_string(error.code)},
                                                {"error", error.message}});
  auto response = error_response(error, exchange.context.request_id);
  response.outcome = Outcome::Miss;
  co_return response;
}

}  // namespace artifactapi::api
