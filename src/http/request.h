// A request free of the connection it came by.
#pragma once

#include "http/headers.h"
#include "http/method.h"

#include <string>

namespace artifactapi::http {

struct Request {
  Method method = Method::Get;
  std::string method_text = "GET";  // as received; what tells one Other from another
  std::string target = "/";         // origin-form as received, not canonical; "*" only with OPTIONS
  int minor_version = 1;            // of HTTP/1: 0 or 1
  Headers headers;
  std::string body;  // small bodies only, filled by the server up to its limit
};

}  // namespace artifactapi::http
