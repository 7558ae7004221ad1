#include "transport/plain/request_text.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>

namespace artifactapi::transport {

namespace {

constexpr std::array<std::string_view, 4> kMadeHere = {"Host", "Content-Length", "Transfer-Encoding",
                                                       "Connection"};

bool may_be_sent(const http::Header& header) {
  return http::valid_name(header.name) && http::valid_value(header.value) &&
         std::ranges::none_of(
             kMadeHere, [&](std::string_view name) { return http::equal_ignoring_case(header.name, name); });
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

std::string request_head(const TransferRequest& request) {
  constexpr std::size_t kUsual = 512;
  std::string head;
  head.reserve(kUsual);
  head += request.method;
  head += ' ';
  head += http::target(request.url);
  head += " HTTP/1.1\r\n";
  append_field(head, "Host", http::authority(request.url));
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
