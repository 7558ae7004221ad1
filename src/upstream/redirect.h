// Where a redirect leads, and whether we go there. Pure.
#pragma once

#include "base/result.h"
#include "http/headers.h"
#include "http/url.h"

#include <optional>

namespace artifactapi::upstream {

// 301, 302, 303, 307 and 308.
bool is_redirect(int status);

// Whether the request goes to the next URL as it is (RFC 9110 section 15.4); by the others a POST would
// become a GET.
bool keeps_method(int status);

// The next URL. BadPeer: no Location, one that is no http(s) URL, or a step down from https to http.
Result<http::Url> redirect_target(const http::Url& from, const http::Headers& headers);

}  // namespace artifactapi::upstream
