// Failures as responses: the only place that knows which HTTP status a failure has.
#pragma once

#include "api/response.h"
#include "base/result.h"
#include "formats/api_root.h"

#include <string>
#include <string_view>

namespace artifactapi::api {

// How an error body is written: {"error":{"code","message","request_id"}}, or as a type's own clients read
// it.
struct ErrorStyle {
  formats::ErrorBody body = nullptr;  // null: ours
  std::string_view word = {};         // the type's own for this error; empty: by the status
};

[[nodiscard]] int status_of(Code code);

// What is said where a path is refused, here or upstream.
inline constexpr std::string_view kNoPatternAllows = "no pattern of this remote allows this path";
// `status`: upstream's, as it is passed on.
[[nodiscard]] std::string refusal_message(int status);

// An error body for people and programs. `status` decides the code in it.
[[nodiscard]] Response error_response(int status, std::string_view message, std::string_view request_id,
                                      ErrorStyle style = {});
// The same for a failure of ours; an overload says when to come back.
[[nodiscard]] Response error_response(const Error& error, std::string_view request_id, ErrorStyle style = {});
[[nodiscard]] Response json_response(int status, std::string body);

}  // namespace artifactapi::api
