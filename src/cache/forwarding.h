// Questions that upstream alone can answer (Plan::forward). Each is asked for itself: nothing is joined, kept
// or asked twice.
#pragma once

#include "base/result.h"
#include "cache/body.h"
#include "cache/cache_services.h"
#include "cache/refusal.h"
#include "cache/remote_profile.h"
#include "formats/plan.h"
#include "http/headers.h"
#include "http/method.h"
#include "http/request.h"
#include "upstream/upstream.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <variant>

namespace artifactapi::cache {

// Upstream's answer, to be given as it comes.
struct Forwarded {
  int status = 200;
  http::Headers headers;  // what describes the body
  std::optional<std::uint64_t> length;
  std::shared_ptr<Relay> relay;
};
using ForwardAnswer = std::variant<Forwarded, Refusal, Error>;

// What is sent on as it is; other methods are refused whatever a plan says.
[[nodiscard]] constexpr bool can_be_forwarded(http::Method method) {
  return method == http::Method::Post || http::is_get_or_head(method);
}

// The client's request as a question: its body, and of its fields those that describe the body or what is
// accepted. What says who the client is stays here.
[[nodiscard]] upstream::Ask forwarded_ask(const formats::Plan& plan, const http::Request& request);

// What upstream's status means for the client. Nothing: the answer is given as it comes. Pure.
[[nodiscard]] std::optional<std::variant<Refusal, Error>> instead_of_answer(
    int status, const http::Headers& upstream, Time now, std::span<const std::string_view> quota_headers);

// On a loop, which then reads the answer's body.
[[nodiscard]] runtime::Task<ForwardAnswer> forward(CacheServices& services, ProfilePtr profile,
                                                   upstream::Ask ask);

}  // namespace artifactapi::cache
