// Strict judgement of a request head as bytes, before any parser that forgives. It runs on every request: one
// pass, no allocation when the head is good. Rules: RFC 9112 with every leniency refused that proxies are
// known to differ in.
#pragma once

#include "http/method.h"
#include "http/request.h"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace artifactapi::http {

struct HeadLimits {
  std::size_t head_bytes = 32 * 1024;  // request line, fields and final empty line; over it 431
  std::size_t target_bytes = 8192;     // over it 414
  std::size_t header_count = 100;      // over it 431
};

// The answer to give; the connection is to be closed after it.
struct HeadFault {
  int status = 400;
  std::string reason;
};

// How the end of the request's body is known.
struct BodyFraming {
  enum class Kind : std::uint8_t { None, Length, Chunked };
  Kind kind = Kind::None;
  std::uint64_t length = 0;  // with Kind::Length; may be 0
};

// What the hot path needs of a head. The views point into the checked bytes (or to a constant) and live as
// long as these.
struct HeadSummary {
  Method method = Method::Get;
  std::string_view method_text;
  std::string_view
      target;  // begins with '/'; of an absolute form the part after the authority; or "*" with OPTIONS
  int minor_version = 1;
  std::string_view host;  // a valid authority; empty only in HTTP/1.0
  BodyFraming body;
  bool keep_alive = true;
  // GET or HEAD without body, Range, If-*, Authorization and Expect, and with at most one line of
  // each field that has a view below: target, host and these views tell all that the answer depends on.
  bool plain = true;
  bool has_expect = false;  // it is "100-continue", else the head was refused
  bool has_authorization = false;
  bool has_forwarded =
      false;  // a field tells of another address that the client used (RFC 7239 and its elders)
  std::size_t header_count = 0;
  // First line of that name, trimmed; empty when absent.
  std::string_view accept;
  std::string_view accept_encoding;
  std::string_view range;
  std::string_view x_forwarded_for;
  std::string_view x_forwarded_host;
  std::string_view x_forwarded_proto;
  std::string_view x_request_id;
};

// The offset just past the empty line that ends the head, when it is there. `from` is how much of `buffered`
// an earlier call has already seen. Heads ended by bare line feeds are found too, so that they can be refused
// at once.
std::optional<std::size_t> head_end(std::string_view buffered, std::size_t from);

// `raw` is one whole head up to and with its final empty line, as head_end delimits it.
std::expected<HeadSummary, HeadFault> check_request_head(std::string_view raw, const HeadLimits& limits);

// The fault of a head that has no end although `buffered` is over limits.head_bytes: 414 or 431.
HeadFault oversized_head(std::string_view buffered, const HeadLimits& limits);

// An owning copy with all fields, of bytes that check_request_head accepted.
Request to_request(const HeadSummary& summary, std::string_view raw);

}  // namespace artifactapi::http
