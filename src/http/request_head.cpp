#include "http/request_head.h"

#include "http/characters.h"
#include "http/headers.h"
#include "http/url.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace artifactapi::http {

namespace {

constexpr std::size_t kMaxMethodBytes = 32;

using Fault = std::optional<HeadFault>;

Fault refuse(int status, std::string_view reason) {
  return HeadFault{status, std::string(reason)};
}

// Without early exit, so that the compiler makes vector code of it.
bool has_control(std::string_view text) {
  bool found = false;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    found |= (byte < 0x20 && byte != '\t') || byte == 0x7F;
  }
  return found;
}

bool has_bad_target_byte(std::string_view text) {
  bool found = false;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    found |= byte <= 0x20 || byte >= 0x7F || byte == '#';
  }
  return found;
}

// `name` is a token and `lower` consists of lower-case letters and '-', for which setting bit 5 is enough.
bool is_named(std::string_view name, std::string_view lower) {
  bool differs = false;
  for (std::size_t i = 0; i < lower.size(); ++i) differs |= (name[i] | 0x20) != lower[i];
  return !differs;
}

// One line without its CRLF. nullopt: no line feed left, or one without its carriage return.
std::optional<std::string_view> next_line(std::string_view& rest) {
  const void* found = rest.empty() ? nullptr : std::memchr(rest.data(), '\n', rest.size());
  if (found == nullptr) return std::nullopt;
  const auto feed = static_cast<std::size_t>(static_cast<const char*>(found) - rest.data());
  if (feed == 0 || rest[feed - 1] != '\r') return std::nullopt;
  const std::string_view line = rest.substr(0, feed - 1);
  rest.remove_prefix(feed + 1);
  return line;
}

// Reads a head line by line into a HeadSummary; framing is judged when all lines are known.
class HeadReader {
 public:
  HeadReader(std::string_view raw, const HeadLimits& limits)
      : rest_(raw), limits_(limits), size_(raw.size()) {}

  Fault read() {
    if (Fault fault = read_request_line()) return fault;
    if (size_ > limits_.head_bytes) return refuse(431, "request head too large");
    if (Fault fault = read_fields()) return fault;
    if (Fault fault = judge_host()) return fault;
    if (Fault fault = judge_framing()) return fault;
    settle();
    return std::nullopt;
  }

  [[nodiscard]] const HeadSummary& summary() const { return head_; }

 private:
  Fault read_request_line() {
    const auto line = next_line(rest_);
    if (!line) return refuse(400, "line does not end in CRLF");
    const std::size_t first = line->find(' ');
    const std::size_t second = first == std::string_view::npos ? first : line->find(' ', first + 1);
    if (second == std::string_view::npos) return refuse(400, "malformed request line");
    head_.method_text = line->substr(0, first);
    head_.target = line->substr(first + 1, second - first - 1);
    if (!valid_name(head_.method_text) || head_.method_text.size() > kMaxMethodBytes) {
      return refuse(400, "malformed method");
    }
    head_.method = parse_method(head_.method_text);
    if (Fault fault = read_version(line->substr(second + 1))) return fault;
    return read_target();
  }

  Fault read_version(std::string_view text) {
    if (text == "HTTP/1.1") return std::nullopt;
    head_.minor_version = 0;
    if (text == "HTTP/1.0") return std::nullopt;
    const bool other_version = text.size() == 8 && text.starts_with("HTTP/") && is_digit(text[5]) &&
                               text[6] == '.' && is_digit(text[7]);
    return other_version ? refuse(505, "HTTP version not supported") : refuse(400, "malformed HTTP version");
  }

  Fault read_target() {
    if (head_.method_text == "CONNECT") return refuse(405, "CONNECT is not supported");
    if (head_.target.size() > limits_.target_bytes) return refuse(414, "request target too long");
    if (has_bad_target_byte(head_.target)) return refuse(400, "forbidden character in request target");
    if (head_.target.starts_with('/')) return std::nullopt;
    if (head_.target == "*" && head_.method == Method::Options) return std::nullopt;
    return read_absolute_form();
  }

  Fault read_absolute_form() {
    const std::size_t slashes = head_.target.find("://");
    const std::string_view scheme = head_.target.substr(0, slashes);
    if (slashes == std::string_view::npos ||
        (!equal_ignoring_case(scheme, "http") && !equal_ignoring_case(scheme, "https"))) {
      return refuse(400, "malformed request target");
    }
    const std::string_view after = head_.target.substr(slashes + 3);
    const std::size_t path = after.find_first_of("/?");
    authority_ = after.substr(0, path);
    head_.target = path == std::string_view::npos ? "/" : after.substr(path);
    // "http://host?query" has no path that could be pointed to.
    if (authority_.empty() || head_.target.front() != '/') return refuse(400, "malformed request target");
    return std::nullopt;
  }

  Fault read_fields() {
    while (true) {
      const auto line = next_line(rest_);
      if (!line) return refuse(400, "line does not end in CRLF");
      if (line->empty()) break;
      if (++head_.header_count > limits_.header_count) return refuse(431, "too many header fields");
      std::size_t colon = 0;
      while (colon < line->size() && is_token_character((*line)[colon])) ++colon;
      if (colon == 0 || colon == line->size() || (*line)[colon] != ':')
        return refuse(400, "malformed header field");
      const std::string_view value = trim(line->substr(colon + 1));
      if (has_control(value)) return refuse(400, "control character in header field");
      note(line->substr(0, colon), value);
    }
    if (!rest_.empty()) return refuse(400, "bytes after the request head");
    return std::nullopt;
  }

  void note(std::string_view name, std::string_view value) {
    switch (name.size()) {
      case 4:
        if (is_named(name, "host")) note_host(value);
        break;
      case 5:
        if (is_named(name, "range")) {
          keep(head_.range, value);
          special_ = true;
        }
        break;
      case 6:
        if (is_named(name, "accept")) keep(head_.accept, value);
        if (is_named(name, "expect")) note_expect(value);
        break;
      case 8: special_ |= is_named(name, "if-match") || is_named(name, "if-range"); break;
      case 9: head_.has_forwarded |= is_named(name, "forwarded"); break;
      case 10:
        if (is_named(name, "connection")) note_connection(value);
        break;
      case 12:
        if (is_named(name, "x-request-id")) keep(head_.x_request_id, value);
        break;
      case 13:
        special_ |= is_named(name, "if-none-match");
        head_.has_authorization |= is_named(name, "authorization");
        break;
      case 14:
        if (is_named(name, "content-length")) {
          ++length_lines_;
          length_ = value;
        }
        break;
      default: note_long_name(name, value);
    }
  }

  void note_long_name(std::string_view name, std::string_view value) {
    switch (name.size()) {
      case 15:
        if (is_named(name, "accept-encoding")) keep(head_.accept_encoding, value);
        if (is_named(name, "x-forwarded-for")) keep(head_.x_forwarded_for, value);
        break;
      case 16:
        if (is_named(name, "x-forwarded-host")) {
          keep(head_.x_forwarded_host, value);
          head_.has_forwarded = true;
        }
        break;
      case 17:
        if (is_named(name, "transfer-encoding")) {
          ++coding_lines_;
          coding_ = value;
        }
        if (is_named(name, "x-forwarded-proto")) {
          keep(head_.x_forwarded_proto, value);
          head_.has_forwarded = true;
        }
        special_ |= is_named(name, "if-modified-since");
        break;
      case 18: head_.has_forwarded |= is_named(name, "x-forwarded-prefix"); break;
      case 19: special_ |= is_named(name, "if-unmodified-since"); break;
      default: break;
    }
  }

  // A second line of the same name makes the view an incomplete answer: such a request is not plain.
  void keep(std::string_view& view, std::string_view value) {
    if (view.data() == nullptr) {
      view = value;
    } else {
      special_ = true;
    }
  }

  void note_host(std::string_view value) {
    ++host_lines_;
    head_.host = value;
  }

  void note_expect(std::string_view value) {
    head_.has_expect = true;
    odd_expectation_ |= !equal_ignoring_case(value, "100-continue");
  }

  void note_connection(std::string_view value) {
    close_ |= has_token(value, "close");
    asked_keep_alive_ |= has_token(value, "keep-alive");
  }

  Fault judge_host() const {
    if (host_lines_ == 0 && head_.minor_version == 0 && authority_.empty()) return std::nullopt;
    if (host_lines_ != 1) return refuse(400, host_lines_ == 0 ? "no Host field" : "several Host fields");
    if (!valid_authority(head_.host)) return refuse(400, "invalid Host field");
    if (!authority_.empty() && !equal_ignoring_case(authority_, head_.host)) {
      return refuse(400, "request target names another host");
    }
    return std::nullopt;
  }

  Fault judge_framing() {
    if (odd_expectation_) return refuse(417, "unknown expectation");
    if (coding_lines_ == 0 && length_lines_ == 0) return std::nullopt;
    if (coding_lines_ == 0) return judge_length();
    if (length_lines_ != 0) return refuse(400, "both Content-Length and Transfer-Encoding");
    if (head_.minor_version == 0) return refuse(400, "Transfer-Encoding in HTTP/1.0");
    if (coding_lines_ > 1) return refuse(400, "several Transfer-Encoding fields");
    if (!equal_ignoring_case(coding_, "chunked")) {
      // Where chunked is one of several it is unclear where the body ends; all else is merely unknown to us.
      return has_token(coding_, "chunked") || coding_.empty() ? refuse(400, "malformed Transfer-Encoding")
                                                              : refuse(501, "unknown Transfer-Encoding");
    }
    head_.body.kind = BodyFraming::Kind::Chunked;
    return std::nullopt;
  }

  Fault judge_length() {
    if (length_lines_ > 1) return refuse(400, "several Content-Length fields");
    if (length_.empty()) return refuse(400, "invalid Content-Length");
    std::uint64_t length = 0;
    for (const char c : length_) {
      if (!is_digit(c)) return refuse(400, "invalid Content-Length");
      const auto digit = static_cast<std::uint64_t>(c - '0');
      if (length > (std::numeric_limits<std::uint64_t>::max() - digit) / 10) {
        return refuse(400, "invalid Content-Length");
      }
      length = length * 10 + digit;
    }
    head_.body = BodyFraming{BodyFraming::Kind::Length, length};
    return std::nullopt;
  }

  void settle() {
    // RFC 9110 10.1.1: an expectation in HTTP/1.0 is ignored.
    head_.has_expect &= head_.minor_version == 1;
    head_.keep_alive = !close_ && (head_.minor_version == 1 || asked_keep_alive_);
    head_.plain = is_get_or_head(head_.method) && !special_ && !head_.has_authorization &&
                  !head_.has_expect && head_.body.kind == BodyFraming::Kind::None;
  }

  std::string_view rest_;
  const HeadLimits& limits_;
  std::size_t size_;
  HeadSummary head_;
  std::string_view authority_;  // of an absolute-form target
  std::string_view length_;
  std::string_view coding_;
  int host_lines_ = 0;
  int length_lines_ = 0;
  int coding_lines_ = 0;
  bool close_ = false;
  bool asked_keep_alive_ = false;
  bool odd_expectation_ = false;
  bool special_ = false;
};

}  // namespace

std::optional<std::size_t> head_end(std::string_view buffered, std::size_t from) {
  // The line feed before the ending one may lie up to two bytes before what is new.
  std::size_t at = from > 2 ? from - 2 : 0;
  while (at < buffered.size()) {
    const void* found = std::memchr(buffered.data() + at, '\n', buffered.size() - at);
    if (found == nullptr) return std::nullopt;
    at = static_cast<std::size_t>(static_cast<const char*>(found) - buffered.data()) + 1;
    const std::string_view after = buffered.substr(at, 2);
    if (after.starts_with('\n')) return at + 1;
    if (after == "\r\n") return at + 2;
  }
  return std::nullopt;
}

std::expected<HeadSummary, HeadFault> check_request_head(std::string_view raw, const HeadLimits& limits) {
  HeadReader reader(raw, limits);
  if (Fault fault = reader.read()) return std::unexpected<HeadFault>(std::move(*fault));
  return reader.summary();
}

HeadFault oversized_head(std::string_view buffered, const HeadLimits& limits) {
  const std::size_t line_end = buffered.find('\n');
  const std::size_t target = buffered.substr(0, line_end).find(' ');
  const bool long_line = std::min(line_end, buffered.size()) > limits.target_bytes;
  if (target != std::string_view::npos && long_line) return HeadFault{414, "request target too long"};
  return HeadFault{431, "request head too large"};
}

Request to_request(const HeadSummary& summary, std::string_view raw) {
  Request request;
  request.method = summary.method;
  request.method_text = std::string(summary.method_text);
  request.target = std::string(summary.target);
  request.minor_version = summary.minor_version;
  request.headers.reserve(summary.header_count, raw.size() + summary.header_count);
  std::string_view rest = raw;
  auto line = next_line(rest);  // the request line
  for (line = next_line(rest); line && !line->empty(); line = next_line(rest)) {
    const std::size_t colon = line->find(':');
    if (colon == std::string_view::npos) break;
    request.headers.add(line->substr(0, colon), trim(line->substr(colon + 1)));
  }
  return request;
}

}  // namespace artifactapi::http
