#include "http/upstream_response.h"

#include "http/characters.h"
#include "http/date.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <system_error>

namespace artifactapi::http {

namespace {

// All of `text` as a decimal number without sign.
std::optional<std::uint64_t> whole_number(std::string_view text) {
  if (!std::all_of(text.begin(), text.end(), is_digit)) return std::nullopt;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

Result<std::optional<std::uint64_t>> announced_length(const Headers& headers) {
  std::optional<std::uint64_t> length;
  for (const auto line : headers) {
    if (!equal_ignoring_case(line.name, "Content-Length")) continue;
    const auto value = whole_number(trim(line.value));
    if (!value) return fail(Code::BadPeer, "invalid Content-Length");
    if (length && *length != *value) return fail(Code::BadPeer, "contradicting Content-Length fields");
    length = value;
  }
  if (length && headers.has("Transfer-Encoding")) {
    return fail(Code::BadPeer, "both Content-Length and Transfer-Encoding");
  }
  return length;
}

bool header_is_clean(std::string_view name, std::string_view value) {
  return name.size() + value.size() <= kMaxUpstreamHeaderBytes && valid_name(name) && valid_value(value);
}

std::optional<ContentRange> parse_content_range(std::string_view value) {
  value = trim(value);
  constexpr std::string_view kUnit = "bytes ";
  if (!equal_ignoring_case(value.substr(0, kUnit.size()), kUnit)) return std::nullopt;
  value.remove_prefix(kUnit.size());
  const std::size_t slash = value.find('/');
  const std::size_t dash = value.find('-');
  if (slash == std::string_view::npos || dash == std::string_view::npos || dash > slash) return std::nullopt;
  const auto first = whole_number(value.substr(0, dash));
  const auto last = whole_number(value.substr(dash + 1, slash - dash - 1));
  if (!first || !last || *first > *last) return std::nullopt;
  ContentRange range{*first, *last, std::nullopt};
  if (value.substr(slash + 1) == "*") return range;
  range.size = whole_number(value.substr(slash + 1));
  if (!range.size || *last >= *range.size) return std::nullopt;
  return range;
}

std::optional<Seconds> retry_after(std::string_view value, Time now) {
  value = trim(value);
  if (!value.empty() && std::all_of(value.begin(), value.end(), is_digit)) {
    const auto seconds = whole_number(value);
    const auto most = static_cast<std::uint64_t>(kMaxRetryAfter.count());
    // Too many digits to count are more than the most.
    return Seconds(static_cast<Seconds::rep>(std::min(seconds.value_or(most), most)));
  }
  const auto date = parse_date(value);
  if (!date) return std::nullopt;
  return std::clamp(std::chrono::ceil<Seconds>(*date - now), Seconds(0), kMaxRetryAfter);
}

std::optional<std::uint64_t> quota_remaining(const Headers& headers) {
  const auto field = headers.get("RateLimit-Remaining").value_or("");
  const auto number = trim(field.substr(0, std::min(field.find(';'), field.size())));
  if (number.empty()) return std::nullopt;
  const auto value = whole_number(number);
  if (!value) return std::nullopt;
  return std::min(*value, kMaxQuota);
}

bool tells_quota(std::string_view name) {
  constexpr std::string_view kPrefix = "RateLimit-";
  return equal_ignoring_case(name.substr(0, kPrefix.size()), kPrefix);
}

}  // namespace artifactapi::http
