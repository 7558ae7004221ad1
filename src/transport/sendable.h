// Which of a request's headers go to the peer.
#pragma once

#include "http/headers.h"

namespace artifactapi::transport {

// Valid by http::valid_name and http::valid_value, and not one of those that a carrier makes itself from the
// URL and the body: Host, Content-Length, Transfer-Encoding, Connection.
[[nodiscard]] bool may_be_sent(const http::Header& header);

}  // namespace artifactapi::transport
