// Conditional requests (RFC 9110 13), evaluated against a representation that exists.
#pragma once

#include "base/clock.h"
#include "http/headers.h"
#include "http/method.h"

#include <cstdint>
#include <string_view>

namespace artifactapi::http {

enum class Precondition : std::uint8_t {
  Proceed,
  NotModified,  // 304
  Failed,       // 412
};

// In the order of RFC 9110 13.2.2, without If-Range. `etag` is the field's value as it is sent ("x" with
// quotes, or W/"x"), empty when there is none; `last_modified` likewise. Dates that cannot be read, or that
// have nothing to be compared with, are ignored; a list of tags that cannot be read matches nothing.
Precondition evaluate(const Headers& request, Method method, std::string_view etag,
                      std::string_view last_modified);

// Whether Range may be obeyed as far as If-Range goes: true without If-Range; a tag must be strongly equal, a
// date exactly the same second.
bool if_range_holds(const Headers& request, std::string_view etag, std::string_view last_modified);

}  // namespace artifactapi::http
