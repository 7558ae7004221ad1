#include "upstream/redirect.h"

namespace artifactapi::upstream {

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

bool keeps_method(int status) {
  return status == 307 || status == 308;
}

Result<http::Url> redirect_target(const http::Url& from, const http::Headers& headers) {
  const auto location = headers.get("Location");
  if (!location) return fail(Code::BadPeer, "upstream redirected without saying where to");
  auto target = http::resolve(from, *location);
  if (!target) return fail(Code::BadPeer, "upstream redirected to something that is no http URL");
  if (from.scheme == "https" && target->scheme == "http") {
    return fail(Code::BadPeer, "upstream redirected from https to http, which is refused");
  }
  target->user.clear();
  target->password.clear();
  return target;
}

}  // namespace artifactapi::upstream
