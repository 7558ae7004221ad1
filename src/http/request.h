// A request free of the connection it came by.
#pragma once

#include "http/headers.h"
#include "http/method.h"

#include <memory>
#include <string>

namespace artifactapi::http {

struct Request {
  Method method = Method::Get;
  std::string method_text = "GET";  // as received; what tells one Other from another
  std::string target = "/";         // origin-form as received, not canonical; "*" only with OPTIONS
  int minor_version = 1;            // of HTTP/1: 0 or 1
  Headers headers;
  // Whole, up to the server's limit; null: there is none. Shared, as it may be on its way to an upstream
  // still when the request has been answered.
  std::shared_ptr<const std::string> body;
};

}  // namespace artifactapi::http
