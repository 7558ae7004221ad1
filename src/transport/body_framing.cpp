#include "transport/body_framing.h"

#include "http/upstream_response.h"

namespace artifactapi::transport {

Result<BodyFraming> framing_of(std::string_view method, int status, bool http_1_0,
                               const http::Headers& headers) {
  const auto length = http::announced_length(headers);
  if (!length) return std::unexpected(length.error());

  const auto codings = headers.count("Transfer-Encoding");
  if (codings > 0) {
    const bool chunked =
        codings == 1 && http::equal_ignoring_case(*headers.get("Transfer-Encoding"), "chunked");
    if (!chunked) return fail(Code::BadPeer, "a transfer coding other than chunked");
    if (http_1_0) return fail(Code::BadPeer, "a transfer coding in HTTP/1.0");
  }
  BodyFraming framing;
  framing.length = *length;
  framing.bodiless = method == "HEAD" || status == 204 || status == 304;
  framing.framed = framing.bodiless || codings > 0 || length->has_value();
  return framing;
}

}  // namespace artifactapi::transport
