#include "upstream/http_upstream.h"

#include "http/upstream_response.h"
#include "transport/address_rules.h"
#include "upstream/redirect.h"
#include "upstream/walk.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace artifactapi::upstream {

using runtime::Deadline;
using runtime::Task;

bool is_network_failure(Code code) {
  return code == Code::Unreachable || code == Code::Timeout || code == Code::Cut;
}

namespace {

Milliseconds time_left(Deadline deadline) {
  if (deadline == runtime::kNoDeadline) return Milliseconds::max();
  return std::chrono::ceil<Milliseconds>(deadline - std::chrono::steady_clock::now());
}

Task<Result<Reply>> at_once(Result<Reply> result) {
  co_return result;
}

std::string name_of(Method method) {
  switch (method) {
    case Method::Get: return "GET";
    case Method::Head: return "HEAD";
    case Method::Post: return "POST";
  }
  return {};
}

// The remote's own base may lie in a private range: then, and only then, may what it redirects to.
Result<void> settle_reach(Hop& hop) {
  const bool all_public = std::ranges::all_of(hop.addresses, transport::is_public);
  if (hop.first) {
    hop.reach = all_public ? transport::Reach::PublicOnly : transport::Reach::Any;
  } else if (hop.reach == transport::Reach::PublicOnly && !all_public) {
    return fail(Code::BadPeer, "upstream led to a private address, which is refused");
  }
  return {};
}

}  // namespace

Errand errand_to(const Origin& origin, Ask ask, Pass pass) {
  return {.method = ask.method,
          .url = ask.absolute ? std::move(*ask.absolute) : url_below(origin.base, ask.target),
          .headers = std::move(ask.headers),
          .body = std::move(ask.body),
          .pass = std::move(pass),
          .led_from = std::move(ask.led_from),
          .timeouts = origin.timeouts};
}

HttpUpstream::HttpUpstream(std::vector<std::unique_ptr<transport::Client>> clients,
                           runtime::Resolver& resolver, Origins& origins, const Clock& clock,
                           std::string user_agent)
    : clients_(std::move(clients)),
      resolver_(resolver),
      origins_(origins),
      clock_(clock),
      user_agent_(std::move(user_agent)) {}

Task<Result<Reply>> HttpUpstream::ask(std::shared_ptr<const Origin> origin, Ask ask) {
  const bool is_elsewhere = ask.absolute && !http::same_origin(*ask.absolute, origin->base);
  if (is_elsewhere) origin = origin_elsewhere(*origin, ask);
  if (!origin->health->breaker.admit(clock_.now())) {
    return at_once(
        fail(Code::Unreachable, "upstream did not answer lately; it is asked again within a second"));
  }
  if (origin->access) return ask_by_challenge(std::move(origin), std::move(ask));
  Pass pass;
  pass.basic = origin->basic;
  auto errand = errand_to(*origin, std::move(ask), std::move(pass));
  return attempt(std::move(origin), std::move(errand));
}

// Nothing that was meant for the base's origin goes with it.
std::shared_ptr<const Origin> HttpUpstream::origin_elsewhere(const Origin& origin, const Ask& ask) {
  auto other = std::make_shared<Origin>(origin);
  other->base = *ask.absolute;
  other->basic.reset();
  other->headers = {};
  other->access = nullptr;
  other->health = ask.led_from ? origins_.passing_health() : origins_.health_of(other->base);
  return other;
}

Task<Result<Reply>> HttpUpstream::attempt(std::shared_ptr<const Origin> shared, Errand errand) {
  const Origin& origin = *shared;
  auto& health = *origin.health;
  const auto deadline = std::chrono::steady_clock::now() + origin.timeouts.first_byte;
  auto slot = health.slots.try_take();
  if (!slot) slot = co_await health.slots.take(deadline);
  if (!slot) co_return fail(Code::Overloaded, "too many requests to this upstream are under way");
  const auto begun = std::chrono::steady_clock::now();
  Hop hop;
  auto reply = co_await walk(origin, errand, hop);
  if (reply) {
    const auto after = std::chrono::steady_clock::now() - begun;
    origin.metrics.answered(reply->status, std::chrono::duration_cast<std::chrono::microseconds>(after));
    const auto quota = http::quota_remaining(reply->headers);
    if (quota && !reply->elsewhere) origin.metrics.quota_left(*quota);
    health.breaker.succeeded();
    reply->slot = std::move(slot);
  } else {
    origin.metrics.failed(reply.error().code);
    if (is_network_failure(reply.error().code)) health.breaker.failed(clock_.now());
  }
  co_return reply;
}

Task<Result<Reply>> HttpUpstream::walk(const Origin& origin, const Errand& errand, Hop& hop) {
  if (errand.led_from) {
    hop.url = *errand.led_from;
    const auto settled = co_await dial(origin, hop);
    if (!settled) co_return std::unexpected(settled.error());
    hop.first = false;
  }
  hop.url = errand.url;
  for (int redirects = 0; redirects <= kMaxRedirects; ++redirects) {
    const auto known = dial_known(origin, hop);
    const auto dialled = known ? *known : co_await dial(origin, hop);
    if (!dialled) co_return std::unexpected(dialled.error());
    auto reply = co_await send(origin, errand, hop);
    if (!reply || !is_redirect(reply->status)) co_return reply;
    if (errand.method == Method::Post && !keeps_method(reply->status)) {
      co_return fail(Code::BadPeer, fmt::format("upstream answered a POST with redirect {}", reply->status));
    }
    auto target = redirect_target(hop.url, reply->headers);
    if (!target) co_return std::unexpected(target.error());
    hop.url = std::move(*target);
    hop.first = false;
  }
  co_return fail(Code::BadPeer, fmt::format("upstream redirected more than {} times", kMaxRedirects));
}

std::optional<Result<void>> HttpUpstream::dial_known(const Origin& origin, Hop& hop) {
  hop.proxy = origin.proxies.for_url(hop.url);
  hop.addresses.clear();
  if (!hop.proxy.empty()) {
    if (const auto literal = runtime::literal_address(hop.url.host)) hop.addresses = {*literal};
  } else if (auto known = resolver_.known(hop.url.host)) {
    hop.addresses = std::move(*known);
  } else {
    return std::nullopt;
  }
  return settle_reach(hop);
}

Task<Result<void>> HttpUpstream::dial(const Origin& origin, Hop& hop) {
  if (auto dialled = dial_known(origin, hop)) co_return std::move(*dialled);
  const auto deadline = std::chrono::steady_clock::now() + origin.timeouts.connect;
  auto found = co_await resolver_.resolve(hop.url.host, deadline);
  if (!found) co_return std::unexpected(found.error());
  hop.addresses = std::move(*found);
  co_return settle_reach(hop);
}

Task<Result<Reply>> HttpUpstream::send(const Origin& origin, const Errand& errand, Hop& hop) {
  const auto left = time_left(errand.deadline);
  if (left <= Milliseconds{0}) co_return fail(Code::Timeout, "the answer took too long");
  const auto made = std::make_shared<transport::TransferRequest>();
  auto& request = *made;
  request.method = name_of(errand.method);
  request.body = errand.body;
  request.url = hop.url;
  request.headers = errand.headers;
  if (!request.headers.has("Accept")) request.headers.set("Accept", "*/*");
  request.headers.set("Accept-Encoding", "identity");
  request.headers.set("User-Agent", user_agent_);
  if (http::same_origin(hop.url, origin.base)) {
    for (const auto& [name, value] : origin.headers) request.headers.set(name, value);
  }
  if (http::same_origin(hop.url, errand.url)) {
    request.basic = errand.pass.basic;
    const auto& token = errand.pass.token;
    if (!token.empty()) request.headers.set("Authorization", "Bearer " + token.reveal());
  }
  request.addresses = std::move(hop.addresses);
  request.reach = hop.reach;
  request.proxy = hop.proxy;
  request.ca_file = origin.ca_file;
  request.connect_timeout = std::min(errand.timeouts.connect, left);
  request.first_byte_timeout = std::min(errand.timeouts.first_byte, left);
  request.idle_timeout = errand.timeouts.idle;

  auto& client = *clients_[runtime::Loop::current()->index()];
  Reply reply;
  reply.requested_at = clock_.now();
  reply.transfer = client.start(made);
  auto head = co_await reply.transfer->head();
  // What a POST did before the connection died nobody knows (RFC 9110 section 9.2.2).
  if (!head && errand.method != Method::Post && reply.transfer->died_before_answer()) {
    reply.transfer = client.start(made);
    head = co_await reply.transfer->head();
  }
  if (!head) co_return std::unexpected(head.error());
  reply.received_at = clock_.now();
  reply.status = head->status;
  reply.headers = std::move(head->headers);
  reply.length = head->length;
  reply.framed = head->framed;
  reply.elsewhere = !http::same_origin(hop.url, errand.url);
  co_return reply;
}

}  // namespace artifactapi::upstream
