// The port through which the cache asks an origin: one question, one answer, redirects already walked.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "http/headers.h"
#include "runtime/slots.h"
#include "runtime/task.h"
#include "transport/client.h"
#include "upstream/origin.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace artifactapi::upstream {

enum class Method : std::uint8_t { Get, Head, Post };

struct Ask {
  Method method = Method::Get;
  std::string target;  // path[?query] below the origin's base, canonical
  // Asked for instead of `target` when it is set. Another origin than the base's has a health of its own and
  // is shown no credentials.
  std::optional<http::Url> absolute = std::nullopt;
  // The base of the document that named `absolute`, which is followed as a redirect from there would be: into
  // a private range only out of one. None: it is configured.
  std::optional<http::Url> led_from = std::nullopt;
  http::Headers headers;   // conditions, a range, what is accepted
  std::string scope = {};  // what it asks to do, in the words of token services; empty: the origin will tell
  std::shared_ptr<const std::string> body = nullptr;  // of a POST, which is sent once at most; null: empty
};

// A final answer. Its body is read from `transfer`, on the loop that asked; destroying it drops the rest. A
// refusal that a token service gave has no body and no transfer.
struct Reply {
  int status = 0;
  http::Headers headers;
  std::optional<std::uint64_t> length;  // of the body, if announced
  bool framed = true;                   // false: only a close ends the body
  bool elsewhere = false;               // a redirect led to another origin, which gave this answer
  Time requested_at{};
  Time received_at{};
  std::unique_ptr<transport::Transfer> transfer;
  runtime::Slots::Slot slot;  // this request's place among those to its origin
};

class Upstream {
 public:
  virtual ~Upstream() = default;
  // On a loop thread. Any HTTP status is an answer. Errors: Unreachable, Timeout, Cut, BadPeer (the network
  // failures of is_network_failure but for BadPeer), Overloaded, Cancelled.
  [[nodiscard]] virtual runtime::Task<Result<Reply>> ask(std::shared_ptr<const Origin> origin, Ask ask) = 0;
};

// Whether the failure says that the origin could not be talked to (stale copies are served then).
bool is_network_failure(Code code);

}  // namespace artifactapi::upstream
