#include "transport/head_collector.h"

#include "http/characters.h"

namespace artifactapi::transport {

namespace {

std::unexpected<Error> bad(const char* what) {
  return fail(Code::BadPeer, what);
}

// A lone LF ends a line too (RFC 9112 2.2).
std::string_view without_line_end(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace

Result<> HeadCollector::add(std::string_view line) {
  bytes_ += line.size();
  if (bytes_ > kMaxBytes) return bad("the response head is too long");
  line = without_line_end(line);
  if (complete_) {
    if (line.starts_with("HTTP/")) return bad("a second response head");
    return {};
  }
  if (!in_head_) return status_line(line);
  if (line.empty()) return end_of_head();
  return field(line);
}

Result<> HeadCollector::status_line(std::string_view line) {
  constexpr std::string_view kVersion = "HTTP/1.";
  constexpr std::size_t kStatusAt = kVersion.size() + 2;
  constexpr std::size_t kReasonAt = kStatusAt + 3;
  const bool known = line.size() >= kReasonAt && line.starts_with(kVersion) &&
                     (line[kVersion.size()] == '0' || line[kVersion.size()] == '1') &&
                     line[kStatusAt - 1] == ' ';
  if (!known) return bad("the status line is not HTTP/1.1");
  int status = 0;
  for (std::size_t at = kStatusAt; at < kReasonAt; ++at) {
    if (!http::is_digit(line[at])) return bad("the status is not a number of three digits");
    status = status * 10 + (line[at] - '0');
  }
  if (status < 100 || status > 599) return bad("the status is out of range");
  if (line.size() > kReasonAt && line[kReasonAt] != ' ')
    return bad("the status is not a number of three digits");
  if (!http::valid_value(line.substr(kReasonAt))) return bad("a control character in the status line");
  if (status == 101) return bad("the peer switches protocols unasked");
  status_ = status;
  http_1_0_ = line[kVersion.size()] == '0';
  in_head_ = true;
  return {};
}

Result<> HeadCollector::field(std::string_view line) {
  if (line.front() == ' ' || line.front() == '\t') return bad("a folded header line");
  if (headers_.size() == kMaxHeaders) return bad("too many header lines");
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return bad("a header line without colon");
  const auto name = line.substr(0, colon);
  const auto value = http::trim(line.substr(colon + 1));
  if (!http::valid_name(name)) return bad("a header name that is no token");
  if (!http::valid_value(value)) return bad("a control character in a header");
  headers_.add(name, value);
  return {};
}

Result<> HeadCollector::end_of_head() {
  bytes_ = 0;
  in_head_ = false;
  if (status_ >= 200) {
    complete_ = true;
    return {};
  }
  if (++interim_ > kMaxInterim) return bad("too many interim responses");
  headers_ = {};
  return {};
}

}  // namespace artifactapi::transport
