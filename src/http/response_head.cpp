#include "http/response_head.h"

#include "http/status.h"

#include <fmt/format.h>

#include <iterator>

namespace artifactapi::http {

void append_status_line(std::string& out, int status) {
  const int written = status >= 100 && status <= 999 ? status : 500;
  fmt::format_to(std::back_inserter(out), "HTTP/1.1 {} {}\r\n", written, reason_phrase(written));
}

void append_response_head(std::string& out, const ResponseHead& head) {
  append_status_line(out, head.status);
  head.headers.append_to(out);
  out += "\r\n";
}

}  // namespace artifactapi::http
