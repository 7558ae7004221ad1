// A transfer's request as it goes over the wire. Pure.
#pragma once

#include "transport/client.h"

#include <string>

namespace artifactapi::transport {

// Request line, Host from the URL, credentials unless the headers have some, the headers but those that frame
// the message or the connection, Content-Length of a POST, and the empty line (RFC 9112 section 3).
// Internal: the URL holds a blank or a control character, which could add a line.
[[nodiscard]] Result<std::string> request_head(const TransferRequest& request);

}  // namespace artifactapi::transport
