// The head of a response, and how it is written.
#pragma once

#include "http/headers.h"

#include <string>

namespace artifactapi::http {

struct ResponseHead {
  int status = 200;
  Headers headers;
};

// "HTTP/1.1 200 OK\r\n"; a number outside 100 to 999 is written as 500.
void append_status_line(std::string& out, int status);

// Status line, fields and the empty line.
void append_response_head(std::string& out, const ResponseHead& head);

}  // namespace artifactapi::http
