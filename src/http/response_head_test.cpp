#include "http/response_head.h"

#include "http/status.h"

#include <gtest/gtest.h>

namespace artifactapi::http {
namespace {

TEST(ResponseHead, IsWrittenAsItGoesOnTheWire) {
  std::string out;
  append_response_head(out, {404, {{"Content-Length", "0"}, {"X", "y"}}});
  EXPECT_EQ(out, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nX: y\r\n\r\n");
}

TEST(StatusLine, SurvivesOddNumbers) {
  std::string out;
  append_status_line(out, 299);
  append_status_line(out, -1);
  append_status_line(out, 1000);
  EXPECT_EQ(
      out,
      "HTTP/1.1 299 Unknown\r\nHTTP/1.1 500 Internal Server Error\r\nHTTP/1.1 500 Internal Server Error\r\n");
}

TEST(ReasonPhrase, IsKnownForEveryStatusWeSend) {
  for (const int status :
       {200, 201, 202, 204, 206, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 405, 409,
        410, 411, 412, 413, 414, 416, 417, 429, 431, 500, 501, 502, 503, 504, 505, 507}) {
    EXPECT_NE(reason_phrase(status), "Unknown") << status;
  }
}

}  // namespace
}  // namespace artifactapi::http
