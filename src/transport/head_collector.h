// Makes one checked response head of its lines, one by one. Pure.
#pragma once

#include "base/result.h"
#include "http/headers.h"

#include <cstddef>
#include <string_view>
#include <utility>

namespace artifactapi::transport {

// The last head counts: interim responses (1xx) before it are checked and dropped, trailers after it
// likewise.
class HeadCollector {
 public:
  static constexpr std::size_t kMaxBytes = 64 * 1024;  // of one head, and of all trailers together
  static constexpr std::size_t kMaxHeaders = 200;
  static constexpr int kMaxInterim = 16;

  // One line with its line end, in the order received. BadPeer is final: status line other than HTTP/1.0
  // or 1.1 and three digits, 101 (no upgrade was asked for), folded line (RFC 9112 5.2), name or value that
  // HTTP does not allow, over a limit.
  [[nodiscard]] Result<> add(std::string_view line);

  // The final head is whole.
  [[nodiscard]] bool complete() const { return complete_; }
  // 0 before the first status line.
  [[nodiscard]] int status() const { return status_; }
  [[nodiscard]] bool is_http_1_0() const { return http_1_0_; }
  [[nodiscard]] const http::Headers& headers() const { return headers_; }
  // Of the final head, once.
  [[nodiscard]] http::Headers take_headers() { return std::move(headers_); }

 private:
  Result<> status_line(std::string_view line);
  Result<> field(std::string_view line);
  Result<> end_of_head();

  http::Headers headers_;
  std::size_t bytes_ = 0;
  int status_ = 0;
  int interim_ = 0;
  bool http_1_0_ = false;
  bool in_head_ = false;
  bool complete_ = false;
};

}  // namespace artifactapi::transport
