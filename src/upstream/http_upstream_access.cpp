// Answering challenges: what a request shows, what a 401 teaches, how a token service is asked.
#include "upstream/http_upstream.h"
#include "upstream/walk.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

namespace artifactapi::upstream {

using runtime::Deadline;
using runtime::Task;

namespace {

// Its name before what went wrong.
Error of_service(const http::Url& realm, Error error) {
  error.message = fmt::format("token service {}: {}", http::authority(realm), error.message);
  return error;
}

using TokenDocument = std::variant<std::string, TokenRefusal, Error>;

// The body of a token service's answer. One that does not work as such is as good as away, so that stale
// copies may be served; what it says about the one who asks is handed on.
Task<TokenDocument> read_document(Reply& reply, Deadline deadline) {
  const bool is_refusal = reply.status == 401 || reply.status == 403 || reply.status == 429;
  if (is_refusal) co_return TokenRefusal{reply.status, std::move(reply.headers)};
  if (reply.status != 200) {
    co_return Error{Code::Unreachable, fmt::format("answered with status {}", reply.status)};
  }
  std::string document;
  for (;;) {
    auto piece = co_await reply.transfer->next();
    if (!piece) co_return piece.error();
    if (piece->empty()) co_return document;
    document += *piece;
    if (document.size() > kMaxTokenDocumentBytes)
      co_return Error{Code::Unreachable, "the answer is too long"};
    const bool late = std::chrono::steady_clock::now() >= deadline;
    if (late) co_return Error{Code::Timeout, "the answer took too long"};
  }
}

}  // namespace

class HttpUpstream::OverHttp final : public TokenExchange {
 public:
  OverHttp(HttpUpstream& upstream, const Origin& origin) : upstream_(upstream), origin_(origin) {}
  [[nodiscard]] Task<TokenAnswer> exchange(TokenQuery query) override {
    return upstream_.ask_for_token(origin_, std::move(query));
  }

 private:
  HttpUpstream& upstream_;
  const Origin& origin_;
};

// Nothing is held while a token is fetched: neither a place at the origin nor a connection to it.
Task<Result<Reply>> HttpUpstream::ask_by_challenge(std::shared_ptr<const Origin> origin, Ask ask) {
  Access& access = *origin->access;
  auto way = access.way_for(ask.scope);
  for (int attempts = 1;; ++attempts) {
    auto admission = co_await pass_for(*origin, std::move(way));
    if (const auto* error = std::get_if<Error>(&admission)) {
      origin->metrics.failed(error->code);
      co_return std::unexpected(*error);
    }
    if (auto* refusal = std::get_if<TokenRefusal>(&admission)) {
      Reply reply;
      reply.status = refusal->status;
      reply.headers = std::move(refusal->headers);
      reply.requested_at = reply.received_at = clock_.now();
      reply.elsewhere = true;
      co_return reply;
    }
    const auto pass = std::get<Pass>(std::move(admission));
    auto reply = co_await attempt(origin, errand_to(*origin, ask, pass));
    if (attempts == kMaxAttempts || !reply || reply->status != 401 || reply->elsewhere) co_return reply;
    auto learnt = access.learn(ask.scope, reply->headers, pass, origin->base, origin->basic.has_value());
    if (!learnt) co_return std::unexpected(learnt.error());
    if (!*learnt) co_return reply;
    way = std::move(**learnt);
  }
}

Task<HttpUpstream::Admission> HttpUpstream::pass_for(const Origin& origin, Access::Way way) {
  Pass pass;
  if (std::holds_alternative<Access::Basic>(way)) pass.basic = origin.basic;
  if (const auto* query = std::get_if<TokenQuery>(&way)) {
    OverHttp exchange(*this, origin);
    const auto deadline = std::chrono::steady_clock::now() + origin.timeouts.first_byte;
    auto answer = co_await origin.access->tokens().get(exchange, *query, clock_, deadline);
    if (auto* error = std::get_if<Error>(&answer)) co_return std::move(*error);
    if (auto* refusal = std::get_if<TokenRefusal>(&answer)) co_return std::move(*refusal);
    auto& grant = std::get<Grant>(answer);
    pass.token = std::move(grant.token);
    pass.fresh = grant.fresh;
    pass.query = *query;
  }
  co_return pass;
}

// The addresses it may lie at are those the origin's redirects may lead to.
Task<TokenAnswer> HttpUpstream::ask_for_token(const Origin& origin, TokenQuery query) {
  const auto asked_at = clock_.now();
  const auto patience = std::min(kTokenPatience, origin.timeouts.first_byte);
  Errand errand;
  errand.url = token_url(query.service, query.scope);
  errand.headers = {{"Accept", "application/json"}};
  if (may_see_credentials(errand.url, origin.base, origin.access->token_hosts())) {
    errand.pass.basic = origin.basic;
  }
  errand.timeouts = {std::min(origin.timeouts.connect, patience), patience,
                     std::min(kTokenIdle, origin.timeouts.idle)};
  errand.deadline = std::chrono::steady_clock::now() + patience;

  Hop hop;
  hop.url = origin.base;
  const auto reach_known = co_await dial(origin, hop);
  if (!reach_known) co_return reach_known.error();
  hop.first = false;
  auto reply = co_await walk(origin, errand, hop);
  if (!reply) co_return of_service(query.service.realm, reply.error());
  auto document = co_await read_document(*reply, errand.deadline);
  if (auto* failure = std::get_if<Error>(&document)) co_return of_service(query.service.realm, *failure);
  if (auto* refusal = std::get_if<TokenRefusal>(&document)) co_return std::move(*refusal);
  auto token = parse_token(std::get<std::string>(document), asked_at);
  if (!token) co_return of_service(query.service.realm, Error{Code::Unreachable, token.error().message});
  co_return std::move(*token);
}

}  // namespace artifactapi::upstream
