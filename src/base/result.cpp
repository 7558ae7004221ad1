#include "base/result.h"

namespace artifactapi {

std::string_view to_string(Code code) {
  switch (code) {
    case Code::Invalid: return "invalid";
    case Code::Forbidden: return "forbidden";
    case Code::NotFound: return "not_found";
    case Code::TooLarge: return "too_large";
    case Code::Unreachable: return "unreachable";
    case Code::Timeout: return "timeout";
    case Code::Cut: return "cut";
    case Code::Contradicted: return "contradicted";
    case Code::BadPeer: return "bad_peer";
    case Code::NoSpace: return "no_space";
    case Code::Overloaded: return "overloaded";
    case Code::Cancelled: return "cancelled";
    case Code::Io: return "io";
    case Code::Internal: return "internal";
  }
  return "internal";
}

std::unexpected<Error> fail(Code code, const char* message) {
  return fail(code, std::string(message));
}

std::unexpected<Error> fail(Code code, std::string message) {
  return std::unexpected<Error>(Error{code, std::move(message)});
}

}  // namespace artifactapi
