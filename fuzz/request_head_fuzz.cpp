// A head that is accepted says one thing only: re-serialised from its parsed form it is accepted again and
// means the same.
#include "http/request_head.h"
#include "http/url.h"
#include "require.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using namespace artifactapi;

namespace {

std::string written(const http::Request& request) {
  std::string out = request.method_text + ' ' + request.target + " HTTP/1." +
                    std::to_string(request.minor_version) + "\r\n";
  request.headers.append_to(out);
  return out + "\r\n";
}

void check_accepted(const http::HeadSummary& head, std::string_view raw) {
  FUZZ_REQUIRE(raw.find('\0') == std::string_view::npos);
  FUZZ_REQUIRE(raw.ends_with("\r\n\r\n"));
  FUZZ_REQUIRE(head.target.starts_with('/') || (head.target == "*" && head.method == http::Method::Options));
  FUZZ_REQUIRE(head.target.find_first_of("# \r\n\t") == std::string_view::npos);
  FUZZ_REQUIRE(head.minor_version == 0 || http::valid_authority(head.host));

  const http::Request request = http::to_request(head, raw);
  FUZZ_REQUIRE(request.headers.size() == head.header_count);
  const bool has_length = request.headers.has("Content-Length");
  const bool has_coding = request.headers.has("Transfer-Encoding");
  FUZZ_REQUIRE(!(has_length && has_coding));
  FUZZ_REQUIRE(has_length == (head.body.kind == http::BodyFraming::Kind::Length));
  FUZZ_REQUIRE(has_coding == (head.body.kind == http::BodyFraming::Kind::Chunked));
  FUZZ_REQUIRE(!head.plain || !(has_length || has_coding || request.headers.has("Range")));

  const std::string again = written(request);
  const auto second = http::check_request_head(again, http::HeadLimits{.head_bytes = 2 * again.size()});
  FUZZ_REQUIRE(second);
  FUZZ_REQUIRE(second->target == head.target && second->host == head.host && second->plain == head.plain);
  FUZZ_REQUIRE(second->body.length == head.body.length && second->keep_alive == head.keep_alive);
  FUZZ_REQUIRE(http::head_end(again, 0) == again.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  const auto end = http::head_end(input, 0);
  for (std::size_t seen = 0; seen < size && seen < 64; ++seen) {
    FUZZ_REQUIRE(!end || seen >= *end || http::head_end(input, seen) == end);
  }
  const std::string_view raw = input.substr(0, end.value_or(size));
  const auto head = http::check_request_head(raw, http::HeadLimits{});
  if (head) {
    FUZZ_REQUIRE(end);
    check_accepted(*head, raw);
  } else {
    FUZZ_REQUIRE(head.error().status >= 400 && head.error().status <= 505 && !head.error().reason.empty());
  }
  return 0;
}
