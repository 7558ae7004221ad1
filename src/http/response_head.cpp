#include "http/response_head.h"

#include "http/status.h"

#include <fmt/format.h>

namespace artifactapi::http {

void append_status_line(std::string& out, int status) {
  const int written = status >= 100 && status <= 999 ? status : 500;
  const fmt::format_int digits(written);
  out.append("HTTP/1.1 ").append(digits.data(), digits.size());
  out.append(" ").append(reason_phrase(written)).append("\r\n");
}

void append_response_head(std::string& out, const ResponseHead& head) {
  append_status_line(out, head.status);
  head.headers.append_to(out);
  out += "\r\n";
}

}  // namespace artifactapi::http
