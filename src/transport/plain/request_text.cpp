#include "transport/plain/request_text.h"

#include "http/characters.h"
#include "transport/sendable.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <string_view>

namespace artifactapi::transport {

namespace {

// Without a way out early, so that the compiler looks at sixteen bytes at once.
bool is_one_word(std::string_view text) {
  bool bad = false;
  for (const char c : text) bad |= c == ' ' || http::is_control(c);
  return !bad;
}

// RFC 7617.
std::string basic(const BasicCredentials& credentials) {
  const std::string both = credentials.user + ":" + credentials.password.reveal();
  std::string encoded((both.size() + 2) / 3 * 4 + 1, '\0');  // and the NUL that is written behind it
  const auto size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                      reinterpret_cast<const unsigned char*>(both.data()), static_cast<int>(both.size()));
  encoded.resize(static_cast<std::size_t>(size));
  return encoded;
}

void append_field(std::string& head, std::string_view name, std::string_view value) {
  head += name;
  head += value.empty() ? ":" : ": ";
  head += value;
  head += "\r\n";
}

}  // namespace

Result<std::string> request_head(const TransferRequest& request) {
  constexpr std::size_t kUsual = 512;
  const auto& url = request.url;
  const auto host = http::authority(url);
  if (!is_one_word(url.path) || !is_one_word(url.query) || !is_one_word(host))
    return fail(Code::Internal, "the URL holds a blank or a control character");
  std::string head;
  head.reserve(kUsual);
  head += request.method;
  head += ' ';
  head += url.path;
  if (url.has_query) head.append("?").append(url.query);
  head += " HTTP/1.1\r\n";
  append_field(head, "Host", host);
  if (request.basic && !request.headers.has("Authorization")) {
    append_field(head, "Authorization", "Basic " + basic(*request.basic));
  }
  for (const auto& header : request.headers) {
    if (may_be_sent(header)) append_field(head, header.name, header.value);
  }
  if (request.method == "POST") {
    append_field(head, "Content-Length", fmt::format_int(request.body ? request.body->size() : 0).c_str());
  }
  head += "\r\n";
  return head;
}

}  // namespace artifactapi::transport
