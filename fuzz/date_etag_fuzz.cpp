// Dates survive writing and reading; entity tags and conditions take any bytes.
#include "http/conditions.h"
#include "http/date.h"
#include "http/etag.h"
#include "http/json_string.h"
#include "http/media_type.h"
#include "http/utf8.h"
#include "require.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using namespace artifactapi;

namespace {

constexpr Time kLastDay = std::chrono::sys_days(std::chrono::year{9999} / 12 / 31);

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  const auto date = http::parse_date(input);
  // A leap second at the end of the year 9999 is read, but only the second before it can be written.
  if (date && *date < kLastDay) FUZZ_REQUIRE(http::parse_date(http::format_date(*date)) == date);

  const auto tag = http::parse_etag(input);
  if (tag) {
    const std::string text = (tag->weak ? "W/\"" : "\"") + std::string(tag->opaque) + '"';
    const auto again = http::parse_etag(text);
    FUZZ_REQUIRE(again && http::weak_equal(*again, *tag) && http::strong_equal(*again, *tag) == !tag->weak);
  }
  const auto list = http::parse_etag_list(input);
  if (list)
    FUZZ_REQUIRE(list->any ? list->tags.empty()
                           : !list->tags.empty() && list->tags.size() <= http::kMaxEtags);

  const http::Headers request{{"If-Match", std::string(input)},
                              {"If-None-Match", std::string(input)},
                              {"If-Modified-Since", std::string(input)},
                              {"If-Range", std::string(input)}};
  const std::string etag = tag && !tag->weak ? std::string(input) : "\"a\"";
  (void)http::evaluate(request, http::Method::Get, etag, input);
  if (tag && !tag->weak) FUZZ_REQUIRE(http::if_range_holds(request, etag, input));

  FUZZ_REQUIRE(http::valid_value(http::content_disposition(input)));
  (void)http::content_type_for(http::file_name(input));
  std::string json;
  http::append_json_string(json, input);
  FUZZ_REQUIRE(http::is_utf8(json) && json.size() >= 2 &&
               json.find_first_of("\n\r\t\x7F") == std::string::npos);
  return 0;
}
