// Errors are values at the borders of rooms; exceptions are for bugs.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace artifactapi {

// Why something did not work: a closed list, so that every edge (HTTP status, log, metric) can switch over
// it.
enum class Code : std::uint8_t {
  Invalid,       // bytes from outside do not have the form they must have
  Forbidden,     // no pattern or rule allows it
  NotFound,      // there is no such thing here
  TooLarge,      // over a limit of ours
  Unreachable,   // refused, DNS, TLS: the peer could not be talked to
  Timeout,       // connect, first byte or idle time ran out
  Cut,           // the peer's body ended before its framing said so
  Contradicted,  // bytes differ from the digest or length promised for them
  BadPeer,       // the peer answered, but not with something HTTP allows or we accept
  NoSpace,       // disk full, by bytes or inodes, or over our limit
  Overloaded,    // a bound on work in progress was reached
  Cancelled,     // the work was given up (shutdown, all clients left)
  Io,            // the local disk or catalog failed
  Internal,      // a bug of ours
};

// The name used in logs and metrics, for example "unreachable".
std::string_view to_string(Code code);

// A code to act on and one sentence to read. The sentence never holds a secret.
struct Error {
  Code code = Code::Internal;
  std::string message;
};

template <class T = void>
using Result = std::expected<T, Error>;

// Shortest way to return a failure: `return fail(Code::Invalid, "not a length");` Cold: whatever leads here
// is laid out beside the way that all goes well on, which is long enough.
[[gnu::cold]] std::unexpected<Error> fail(Code code, const char* message);
[[gnu::cold]] std::unexpected<Error> fail(Code code, std::string message);

}  // namespace artifactapi
