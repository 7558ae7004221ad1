// What the server asks of the application: one door, so that a connection knows no route.
#pragma once

#include "api/response.h"
#include "cache/ready.h"
#include "http/request.h"
#include "http/request_head.h"
#include "runtime/task.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace artifactapi::api {

// Views are valid as long as the request is being answered, its body included.
struct RequestContext {
  std::string_view request_id;    // echoed in X-Request-Id, in error bodies and the log
  std::string_view peer_address;  // textual IP address of the TCP peer
  bool secure = false;            // it came by our own TLS
  // Whether the client has left; may be asked as long as the request is being answered, its body included, on
  // the loop that does so. Empty: not known. Costs a system call.
  std::function<bool()> client_gone = {};
};

// One finished exchange. Views are valid during the call only.
struct Exchange {
  std::string_view method;
  std::string_view target;
  int status = 0;
  std::uint64_t body_bytes = 0;  // really handed to the kernel
  bool complete = true;          // false: broken off
  std::chrono::microseconds duration{0};
  std::string_view peer_address;
  std::string_view request_id;
  cache::Outcome outcome = cache::Outcome::None;
  std::string_view repository;
  std::string_view path;
  cache::ReadyPtr hot = nullptr;  // Response::hot
};

// Called on loop threads, from many at once.
class Handler {
 public:
  virtual ~Handler() = default;

  // The finished answer to a plain GET or HEAD, if memory has it; null sends the request the general way.
  // Never suspends, never allocates.
  [[nodiscard]] virtual std::shared_ptr<const cache::Ready> hot(const http::HeadSummary& head) = 0;

  // Whether the body of such a request may be large. Asked before it is read, if it may be over the usual
  // limit.
  [[nodiscard]] virtual bool takes_large_body(http::Method method, std::string_view target) = 0;

  // Every other request; called on the loop that runs the task. Never fails: failures are responses. What is
  // given outlives the task. A HEAD may be answered with the body that a GET would have.
  [[nodiscard]] virtual runtime::Task<Response> handle(const http::Request& request,
                                                       const RequestContext& context) = 0;

  // The answer to a request whose head or body was refused by the server itself (4xx, 501, 505).
  [[nodiscard]] virtual Response refuse(int status, std::string_view reason,
                                        const RequestContext& context) = 0;

  virtual void finished(const Exchange& exchange) = 0;
};

}  // namespace artifactapi::api
