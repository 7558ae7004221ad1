// Whether a TLS stream was ended by its peer, not cut by somebody on the way (RFC 8446 section 6.1).
#pragma once

#include <curl/curl.h>

namespace artifactapi::transport {

// libcurl takes the end of the TCP stream for the end of the TLS stream. From within a callback of a running
// transfer: sets *seen when close_notify arrives on its connection. `seen` must live as long as the handle is
// in its multi, and the connection must not be used again after this transfer. Nothing happens without TLS.
void watch_close_notify(CURL* easy, bool* seen);

}  // namespace artifactapi::transport
