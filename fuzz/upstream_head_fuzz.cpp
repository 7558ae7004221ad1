// An upstream's response head as lines of "name: value": nothing unclear is believed, nothing unclean is
// passed on.
#include "http/response_head.h"
#include "http/upstream_response.h"
#include "require.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using namespace artifactapi;

namespace {

constexpr Time kNow{Milliseconds{784111777000}};

http::Headers clean_lines(std::string_view input) {
  http::Headers headers;
  while (!input.empty()) {
    const std::size_t end = std::min(input.find('\n'), input.size());
    const std::string_view line = input.substr(0, end);
    input.remove_prefix(std::min(end + 1, input.size()));
    const std::size_t colon = std::min(line.find(':'), line.size());
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = line.substr(std::min(colon + 1, line.size()));
    if (http::header_is_clean(name, value)) headers.add(name, value);
  }
  return headers;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  const http::Headers headers = clean_lines(input);
  const auto length = http::announced_length(headers);
  if (!length) FUZZ_REQUIRE(length.error().code == Code::BadPeer);
  if (length && *length) FUZZ_REQUIRE(!headers.has("Transfer-Encoding"));

  const std::string text = http::end_to_end(headers);
  http::Headers kept;
  for (std::string_view rest = text; !rest.empty();) {
    const auto end = rest.find("\r\n");
    FUZZ_REQUIRE(end != std::string_view::npos);
    const auto between = rest.substr(0, end).find(": ");
    FUZZ_REQUIRE(between != std::string_view::npos);
    const auto name = rest.substr(0, between);
    FUZZ_REQUIRE(!http::equal_ignoring_case(name, "Connection") &&
                 !http::equal_ignoring_case(name, "Set-Cookie"));
    FUZZ_REQUIRE(!http::has_token(headers.joined("Connection"), name));
    kept.add(name, rest.substr(between + 2, end - between - 2));
    rest.remove_prefix(end + 2);
  }
  std::string out;
  http::append_response_head(out, {200, kept});
  FUZZ_REQUIRE(out.ends_with("\r\n\r\n") && out.find("\r\n\r\n") == out.size() - 4);
  FUZZ_REQUIRE(static_cast<std::size_t>(std::count(out.begin(), out.end(), '\n')) == kept.size() + 2);

  for (const http::Header& line : headers) {
    const auto wait = http::retry_after(line.value, kNow);
    if (wait) FUZZ_REQUIRE(*wait >= Seconds(0) && *wait <= http::kMaxRetryAfter);
    const auto range = http::parse_content_range(line.value);
    if (range) FUZZ_REQUIRE(range->first <= range->last && (!range->size || range->last < *range->size));
  }
  return 0;
}
