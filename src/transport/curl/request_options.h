// A transfer's request as options of a libcurl handle.
#pragma once

#include "transport/client.h"

#include <curl/curl.h>

#include <memory>

namespace artifactapi::transport {

struct CurlDeleter {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using EasyHandle = std::unique_ptr<CURL, CurlDeleter>;
using StringList = std::unique_ptr<curl_slist, CurlDeleter>;

// Lists that libcurl does not copy: they must outlive the handle's use.
struct RequestLists {
  StringList headers;
  StringList addresses;
};

// Sets everything but callbacks. `request` must outlive the handle's use (the body is not copied).
// Errors: Unreachable when nobody resolved the host, Internal for another method or when libcurl refuses an
// option.
[[nodiscard]] Result<RequestLists> set_request_options(CURL* easy, const TransferRequest& request,
                                                       long receive_buffer_bytes);

// Whether url.host is an IP address, which needs no look-up.
[[nodiscard]] bool is_address(const std::string& host);

}  // namespace artifactapi::transport
