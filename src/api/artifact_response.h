// The response to a GET or HEAD of an artifact that is whole: conditions, ranges, headers.
#pragma once

#include "api/errors.h"
#include "api/response.h"
#include "base/clock.h"
#include "cache/outcome.h"
#include "catalog/row.h"
#include "formats/head_rules.h"
#include "http/range.h"
#include "http/request.h"

#include <cstdint>
#include <functional>
#include <optional>

namespace artifactapi::api {

// Where the bytes of one range come from.
using TakeRange = std::function<cache::Piece(http::ByteRange)>;

// What the headers are made of, however far the body has come.
struct Representation {
  const catalog::Row& row;
  cache::Outcome outcome = cache::Outcome::Hit;
  std::optional<std::uint64_t> length;  // none: not known yet, ranges are ignored
  const formats::HeadRules& head = formats::kFileHead;
};

// 412 or 304 if the request's conditions say so.
[[nodiscard]] std::optional<Response> precondition_response(const http::Request& request,
                                                            const Representation& what, Time now);
// What of the body is asked for: all of it, nothing that exists, or these ranges.
[[nodiscard]] http::ResolvedRanges asked_ranges(const http::Request& request, const Representation& what);

// A 200 without its body.
[[nodiscard]] Response whole_response(const Representation& what, Time now);
// A 206 with one or several ranges, or a 416.
[[nodiscard]] Response partial_response(const Representation& what,
                                        const std::vector<http::ByteRange>& ranges, const TakeRange& take,
                                        Time now);
[[nodiscard]] Response unsatisfiable_response(const Representation& what, std::string_view request_id,
                                              ErrorStyle style = {});

}  // namespace artifactapi::api
