#include "cache/forwarding.h"

#include "cache/asking.h"
#include "cache/relay.h"

#include <fmt/format.h>

#include <string>
#include <utility>

namespace artifactapi::cache {

using http::Method;
using runtime::Task;

namespace {

constexpr std::string_view kSentOn[] = {"Content-Type", "Content-Encoding"};
constexpr std::string_view kGivenBack[] = {"Content-Type", "Content-Encoding", "Content-Language"};

upstream::Method method_of(Method method) {
  if (method == Method::Head) return upstream::Method::Head;
  return method == Method::Post ? upstream::Method::Post : upstream::Method::Get;
}

void pass_on(const http::Headers& from, std::span<const std::string_view> names, http::Headers& to) {
  for (const auto name : names) {
    if (const auto value = from.get(name)) to.set(name, *value);
  }
}

}  // namespace

upstream::Ask forwarded_ask(const formats::Plan& plan, const http::Request& request) {
  auto ask = make_ask(plan);
  ask.method = method_of(request.method);
  const auto accept = request.headers.joined("Accept");
  if (plan.accept.empty() && !accept.empty()) ask.headers.set("Accept", accept);
  if (ask.method != upstream::Method::Post) return ask;
  ask.body = request.body;
  pass_on(request.headers, kSentOn, ask.headers);
  return ask;
}

std::optional<std::variant<Refusal, Error>> instead_of_answer(
    int status, const http::Headers& upstream, Time now, std::span<const std::string_view> quota_headers) {
  if (status == 401 || status == 403) return make_refusal(403, upstream, now, quota_headers);
  if (status == 429) return make_refusal(429, upstream, now, quota_headers);
  if ((status >= 200 && status < 300) || (status >= 400 && status < 500)) return std::nullopt;
  return Error{Code::BadPeer, fmt::format("upstream answered with status {}", status)};
}

Task<ForwardAnswer> forward(CacheServices& services, ProfilePtr profile, upstream::Ask ask) {
  auto reply = co_await services.upstream.ask(profile->origin, std::move(ask));
  if (!reply) co_return reply.error();
  auto instead =
      instead_of_answer(reply->status, reply->headers, services.clock.now(), profile->quota_headers);
  if (instead) {
    co_return std::visit([](auto& other) { return ForwardAnswer(std::move(other)); }, *instead);
  }
  Forwarded forwarded{reply->status, {}, reply->length, nullptr};
  pass_on(reply->headers, kGivenBack, forwarded.headers);
  forwarded.relay = std::make_shared<UpstreamRelay>(std::move(*reply), std::string());
  co_return forwarded;
}

}  // namespace artifactapi::cache
