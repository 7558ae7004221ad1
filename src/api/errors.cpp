#include "api/errors.h"

#include "http/json_string.h"

#include <memory>
#include <string>
#include <utility>

namespace artifactapi::api {

namespace {

// The word for a status in an error body; statuses that are only passed on share one.
std::string_view word_of(int status) {
  switch (status) {
    case 400: return "bad_request";
    case 403: return "forbidden";
    case 404: return "not_found";
    case 405: return "method_not_allowed";
    case 408: return "request_timeout";
    case 410: return "gone";
    case 412: return "precondition_failed";
    case 413: return "body_too_large";
    case 414: return "target_too_long";
    case 415: return "unsupported_media_type";
    case 416: return "range_not_satisfiable";
    case 417: return "expectation_failed";
    case 429: return "too_many_requests";
    case 431: return "head_too_large";
    case 500: return "internal";
    case 501: return "not_built";
    case 502: return "upstream_failed";
    case 503: return "overloaded";
    case 504: return "upstream_timeout";
    case 505: return "version_not_supported";
    default: return status < 500 ? "refused" : "failed";
  }
}

std::string plain_body(int status, std::string_view message, std::string_view request_id) {
  std::string body = R"({"error":{"code":)";
  http::append_json_string(body, word_of(status));
  body += R"(,"message":)";
  http::append_json_string(body, message);
  body += R"(,"request_id":)";
  http::append_json_string(body, request_id);
  body += "}}\n";
  return body;
}

}  // namespace

int status_of(Code code) {
  switch (code) {
    case Code::Invalid: return 400;
    case Code::Forbidden: return 403;
    case Code::NotFound: return 404;
    case Code::TooLarge: return 414;
    case Code::Unreachable: return 502;
    case Code::Timeout: return 504;
    case Code::Cut: return 502;
    case Code::Contradicted: return 502;
    case Code::BadPeer: return 502;
    case Code::NoSpace: return 503;
    case Code::Overloaded: return 503;
    case Code::Cancelled: return 503;
    case Code::Io: return 500;
    case Code::Internal: return 500;
  }
  return 500;
}

std::string refusal_message(int status) {
  if (status == 403) return "upstream refused to give this artifact";
  return "upstream answered with status " + std::to_string(status);
}

Response json_response(int status, std::string body) {
  Response response;
  response.status = status;
  response.headers.set("Content-Type", "application/json");
  response.headers.set("Cache-Control", "no-store");
  response.headers.set("X-Content-Type-Options", "nosniff");
  response.content_length = body.size();
  response.body = std::make_shared<const std::string>(std::move(body));
  return response;
}

Response error_response(int status, std::string_view message, std::string_view request_id, ErrorStyle style) {
  auto body = style.body != nullptr ? style.body(status, style.word, message)
                                    : plain_body(status, message, request_id);
  return json_response(status, std::move(body));
}

Response error_response(const Error& error, std::string_view request_id, ErrorStyle style) {
  const int status = status_of(error.code);
  auto response = error_response(status, error.message, request_id, style);
  const bool soon = status == 503 || error.code == Code::Unreachable;
  if (soon) response.headers.set("Retry-After", "1");
  return response;
}

}  // namespace artifactapi::api
