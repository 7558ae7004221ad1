// What libcurl's result codes mean to us.
#pragma once

#include "base/result.h"
#include "transport/stage.h"

#include <curl/curl.h>

#include <string_view>

namespace artifactapi::transport {

// `detail`: libcurl's own text, may be empty. The code is never CURLE_OK.
[[nodiscard]] Error error_of(CURLcode code, Stage stage, std::string_view detail);

// The peer or the network ended the connection.
[[nodiscard]] bool is_lost_connection(CURLcode code);

}  // namespace artifactapi::transport
