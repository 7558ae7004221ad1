#include "server/response_text.h"

#include "http/characters.h"
#include "http/response_head.h"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

namespace artifactapi::server {

namespace {

std::string_view connection_line(Persistence persistence) {
  switch (persistence) {
    case Persistence::Close: return "Connection: close\r\n";
    case Persistence::KeepAlive: return "";
    case Persistence::KeepAliveAnnounced: return "Connection: keep-alive\r\n";
  }
  return "";
}

struct Length {
  std::optional<std::uint64_t> operator()(const cache::EmptyBody&) const { return 0; }
  std::optional<std::uint64_t> operator()(const cache::Bytes& bytes) const {
    return bytes ? bytes->size() : 0;
  }
  std::optional<std::uint64_t> operator()(const cache::FileBody& file) const { return file.length; }
  std::optional<std::uint64_t> operator()(const cache::FollowBody& follow) const { return follow.length; }
  std::optional<std::uint64_t> operator()(const cache::RelayBody&) const { return std::nullopt; }
  std::optional<std::uint64_t> operator()(const cache::PiecesBody& body) const {
    std::uint64_t sum = 0;
    for (const auto& piece : body.pieces) {
      const auto length = std::visit(*this, piece);
      if (!length) return std::nullopt;
      sum += *length;
    }
    return sum;
  }
};

bool status_without_body(int status) {
  return status == 204 || status == 304 || status < 200;
}

}  // namespace

ResponseFraming frame_response(const api::Response& response, http::Method method, int minor_version) {
  using Kind = ResponseFraming::Kind;
  ResponseFraming framing;
  framing.announced_length = response.content_length;
  if (response.status == 204 || response.status < 200) framing.announced_length.reset();  // RFC 9110 8.6
  if (method == http::Method::Head || status_without_body(response.status)) return framing;
  if (!framing.announced_length) framing.announced_length = std::visit(Length{}, response.body);
  if (framing.announced_length) {
    framing.kind = Kind::Length;
    framing.length = *framing.announced_length;
  } else {
    framing.kind = minor_version == 0 ? Kind::Unsupported : Kind::Chunked;
  }
  return framing;
}

void write_head(std::string& out, const api::Response& response, const ResponseFraming& framing,
                const HeadTail& tail) {
  out.clear();
  http::append_status_line(out, response.status);
  response.headers.append_to(out);
  if (framing.announced_length) {
    out += "Content-Length: ";
    const fmt::format_int digits(*framing.announced_length);
    out.append(digits.data(), digits.size());
    out += "\r\n";
  } else if (framing.kind == ResponseFraming::Kind::Chunked) {
    out += "Transfer-Encoding: chunked\r\n";
  }
  out += tail.constants;
  out += "X-Request-Id: ";
  out += tail.request_id;
  out += "\r\n";
  out += connection_line(tail.persistence);
  out += "\r\n";
}

std::string_view write_hot_tail(std::array<char, kHotTailBytes>& out, const HeadTail& tail,
                                std::int64_t age) {
  char* end = out.data();
  const auto append = [&](std::string_view text) { end += text.copy(end, text.size()); };
  const fmt::format_int digits(std::max<std::int64_t>(age, 0));
  append(tail.constants);
  append("Age: ");
  append({digits.data(), digits.size()});
  append("\r\nX-Request-Id: ");
  append(tail.request_id);
  append("\r\n");
  append(connection_line(tail.persistence));
  append("\r\n");
  return {out.data(), static_cast<std::size_t>(end - out.data())};
}

bool usable_request_id(std::string_view id) {
  if (id.empty() || id.size() > kMaxRequestIdBytes) return false;
  return std::ranges::all_of(id,
                             [](char c) { return http::is_alnum(c) || c == '.' || c == '_' || c == '-'; });
}

}  // namespace artifactapi::server
