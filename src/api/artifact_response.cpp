#include "api/artifact_response.h"

#include "base/digest.h"
#include "cache/artifact_head.h"
#include "http/conditions.h"

#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <utility>

namespace artifactapi::api {

namespace {

using http::Method;

Response with_headers(int status, const Representation& what, Time now) {
  Response response;
  response.status = status;
  response.headers = cache::artifact_headers(what.row, what.outcome, now, what.head);
  const auto age = std::chrono::duration_cast<Seconds>(now - what.row.requested_at);
  const bool stored = what.outcome != cache::Outcome::Miss;
  if (stored) response.headers.set("Age", std::to_string(std::max(age, Seconds{0}).count()));
  response.outcome = what.outcome;
  return response;
}

std::uint64_t size_of(const cache::Piece& piece) {
  return std::get<cache::Bytes>(piece)->size();
}

// Fixed by what is sent, so that equal requests have equal answers; no body can be made to hold it on purpose
// without knowing its own entity tag.
std::string boundary_of(const Representation& what) {
  return Sha256::of("boundary " + what.row.etag).hex().substr(0, 24);
}

Response several(const Representation& what, const std::vector<http::ByteRange>& ranges,
                 const TakeRange& take, Time now) {
  const auto boundary = boundary_of(what);
  auto response = with_headers(206, what, now);
  const std::string type(response.headers.get("Content-Type").value_or("application/octet-stream"));
  response.headers.set("Content-Type", "multipart/byteranges; boundary=" + boundary);
  cache::PiecesBody body;
  std::uint64_t length = 0;
  const auto add_text = [&](std::string text) {
    body.pieces.emplace_back(std::make_shared<const std::string>(std::move(text)));
    length += size_of(body.pieces.back());
  };
  for (const auto& range : ranges) {
    add_text(fmt::format("\r\n--{}\r\nContent-Type: {}\r\nContent-Range: {}\r\n\r\n", boundary, type,
                         http::content_range(range, *what.length)));
    body.pieces.push_back(take(range));
    length += range.length();
  }
  add_text(fmt::format("\r\n--{}--\r\n", boundary));
  response.content_length = length;
  response.body = std::move(body);
  return response;
}

cache::Body body_of(cache::Piece piece) {
  return std::visit([](auto&& one) { return cache::Body(std::forward<decltype(one)>(one)); },
                    std::move(piece));
}

}  // namespace

std::optional<Response> precondition_response(const http::Request& request, const Representation& what,
                                              Time now) {
  switch (http::evaluate(request.headers, request.method, what.row.etag, what.row.last_modified)) {
    case http::Precondition::Proceed: return std::nullopt;
    case http::Precondition::NotModified: return with_headers(304, what, now);
    case http::Precondition::Failed: {
      auto response = with_headers(412, what, now);
      response.content_length = 0;
      return response;
    }
  }
  return std::nullopt;
}

http::ResolvedRanges asked_ranges(const http::Request& request, const Representation& what) {
  const auto field = request.headers.get("Range");
  if (!field || request.method != Method::Get || !what.length) return http::WholeRepresentation{};
  const auto set = http::parse_range(*field);
  if (!set || !http::if_range_holds(request.headers, what.row.etag, what.row.last_modified)) {
    return http::WholeRepresentation{};
  }
  return http::resolve_ranges(*set, *what.length);
}

Response whole_response(const Representation& what, Time now) {
  auto response = with_headers(200, what, now);
  response.content_length = what.length;
  return response;
}

Response partial_response(const Representation& what, const std::vector<http::ByteRange>& ranges,
                          const TakeRange& take, Time now) {
  if (ranges.size() > 1) return several(what, ranges, take, now);
  auto response = with_headers(206, what, now);
  response.headers.set("Content-Range", http::content_range(ranges.front(), *what.length));
  response.content_length = ranges.front().length();
  response.body = body_of(take(ranges.front()));
  return response;
}

Response unsatisfiable_response(const Representation& what, std::string_view request_id, ErrorStyle style) {
  auto response =
      error_response(416, "no part of the artifact lies in the range asked for", request_id, style);
  response.headers.set("Content-Range", http::unsatisfied_range(*what.length));
  response.headers.set("Accept-Ranges", "bytes");
  response.outcome = what.outcome;
  return response;
}

}  // namespace artifactapi::api
