#include "upstream/access.h"

#include "http/challenge.h"

#include <utility>

namespace artifactapi::upstream {

Access::Way Access::way_for(const std::string& scope) const {
  const std::lock_guard lock(mutex_);
  if (basic_) return Basic{};
  if (!service_ || scope.empty()) return Open{};
  const auto wanted = wanted_.find(scope);
  return TokenQuery{*service_, wanted == wanted_.end() ? scope : wanted->second};
}

Result<std::optional<Access::Way>> Access::learn(const std::string& scope, const http::Headers& answer,
                                                 const Pass& pass, const http::Url& origin,
                                                 bool has_credentials) {
  bool offers_basic = false;
  for (const auto& challenge : http::parse_challenges(answer.joined("WWW-Authenticate"))) {
    offers_basic |= challenge.scheme == "basic";
    auto bearer = bearer_challenge(challenge);
    if (!bearer) continue;
    if (origin.scheme == "https" && bearer->service.realm.scheme == "http") {
      return fail(Code::BadPeer, "upstream named a token service without TLS, which is refused");
    }
    TokenQuery query{std::move(bearer->service), bearer->scope.empty() ? scope : bearer->scope};
    if (pass.query) tokens_.reject(*pass.query, pass.token);
    remember(scope, query);
    const bool no_better = pass.fresh && pass.query == query;
    if (no_better) return std::nullopt;
    return Way(std::move(query));
  }
  if (!offers_basic || !has_credentials || pass.basic) return std::nullopt;
  const std::lock_guard lock(mutex_);
  basic_ = true;
  return Way(Basic{});
}

void Access::remember(const std::string& scope, const TokenQuery& query) {
  const std::lock_guard lock(mutex_);
  basic_ = false;
  service_ = query.service;
  if (scope.empty()) return;
  if (query.scope == scope) {
    wanted_.erase(scope);
    return;
  }
  if (wanted_.size() >= kMaxScopes) wanted_.clear();
  wanted_.insert_or_assign(scope, query.scope);
}

}  // namespace artifactapi::upstream
