#include "transport/plain/request_text.h"

#include <gtest/gtest.h>

namespace artifactapi::transport {
namespace {

TransferRequest request_for(std::string path) {
  TransferRequest request;
  request.url.scheme = "http";
  request.url.host = "upstream.test";
  request.url.port = 80;
  request.url.path = std::move(path);
  return request;
}

TEST(RequestHead, HoldsWhatItWasGivenAndHost) {
  auto request = request_for("/a%20b");
  request.url.query = "x=y";
  request.url.has_query = true;
  request.headers = {{"Accept", "*/*"}, {"X-Empty", ""}};
  EXPECT_EQ(request_head(request).value(),
            "GET /a%20b?x=y HTTP/1.1\r\nHost: upstream.test\r\nAccept: */*\r\nX-Empty:\r\n\r\n");
}

TEST(RequestHead, LeavesOutWhatFramesTheMessageOrTheConnection) {
  auto request = request_for("/");
  request.headers = {{"host", "evil.test"},
                     {"Content-Length", "5"},
                     {"transfer-encoding", "chunked"},
                     {"Connection", "close"},
                     {"X", "a\r\nY: b"}};
  EXPECT_EQ(request_head(request).value(), "GET / HTTP/1.1\r\nHost: upstream.test\r\n\r\n");
}

// The pair of RFC 7617 section 2.
TEST(RequestHead, SendsCredentialsUnlessAHeaderDoes) {
  auto request = request_for("/");
  request.basic = BasicCredentials{"Aladdin", Secret("open sesame")};
  EXPECT_EQ(request_head(request).value(),
            "GET / HTTP/1.1\r\nHost: upstream.test\r\nAuthorization: Basic "
            "QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n");
  request.headers = {{"Authorization", "Bearer x"}};
  EXPECT_EQ(request_head(request).value(),
            "GET / HTTP/1.1\r\nHost: upstream.test\r\nAuthorization: Bearer x\r\n\r\n");
}

TEST(RequestHead, NoUrlCanAddALine) {
  for (const char* path : {"/a b", "/a\r\nX: y", "/a\nb", "/a\tb"}) {
    const auto head = request_head(request_for(path));
    ASSERT_FALSE(head) << path;
    EXPECT_EQ(head.error().code, Code::Internal);
  }
}

}  // namespace
}  // namespace artifactapi::transport
