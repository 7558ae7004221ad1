#include "api/forwarding.h"

#include <utility>

namespace artifactapi::api {

using runtime::Task;

namespace {

// What comes from another host may be a hostile page, as an artifact may.
Response as_it_came(cache::Forwarded forwarded) {
  Response response;
  response.status = forwarded.status;
  response.headers = std::move(forwarded.headers);
  response.headers.set("X-Artifact-Source", "remote");
  response.headers.set("Cache-Control", "no-store");
  response.headers.set("X-Content-Type-Options", "nosniff");
  response.headers.set("Content-Security-Policy", "sandbox; default-src 'none'");
  response.content_length = forwarded.length;
  response.body = cache::RelayBody{std::move(forwarded.relay)};
  return response;
}

}  // namespace

Task<Response> Forwarding::serve(const repository::Repository& repository, const formats::Plan& plan,
                                 const http::Request& request, const RequestContext& context,
                                 ErrorStyle errors) {
  auto question = cache::forwarded_ask(plan, request);
  auto answer = co_await cache::forward(services_, repository.profile, std::move(question));
  const ErrorStyle style{errors.body};
  if (const auto* error = std::get_if<Error>(&answer)) {
    log_.warning("request could not be passed on", {{"remote", repository.settings.name},
                                                    {"path", plan.path},
                                                    {"reason", to_string(error->code)},
                                                    {"error", error->message}});
    co_return error_response(*error, context.request_id, style);
  }
  if (const auto* refusal = std::get_if<cache::Refusal>(&answer)) {
    auto response =
        error_response(refusal->status, refusal_message(refusal->status), context.request_id, style);
    for (const auto& [name, value] : refusal->headers) response.headers.set(name, value);
    co_return response;
  }
  auto& forwarded = std::get<cache::Forwarded>(answer);
  if (!forwarded.length && request.minor_version == 0) {
    co_return error_response(502, "upstream does not say how long its answer is; ask with HTTP/1.1",
                             context.request_id, style);
  }
  co_return as_it_came(std::move(forwarded));
}

}  // namespace artifactapi::api
